from django.contrib.auth import get_user_model
from django.http import HttpResponse
from django.templatetags.static import static
from django.urls import path


def home(request):
    return HttpResponse(f"Hello from Django: {get_user_model().objects.count()} users, styles at {static('shop/style.css')}")


urlpatterns = [path("", home)]
