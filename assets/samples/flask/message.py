"""Change this line, deploy again, and only this file travels."""

MESSAGE = "Hello from release 1"
