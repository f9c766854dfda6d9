from django.http import JsonResponse
from django.shortcuts import render

from .models import Note


def home(request):
    return render(request, "pages/home.html", {"name": "my-app", "notes": Note.objects.all()})


def health(request):
    """Asked before a release takes over: the database answers too."""
    return JsonResponse({"ok": True, "notes": Note.objects.count()})
