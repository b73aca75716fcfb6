"""Forms as people expect them: a label, a hint and an error by each field, all errors at once."""

from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.forms.renderers import TemplatesSetting

_CLASSES = {
    forms.CheckboxInput: "form-check-input",
    forms.RadioSelect: "",
    forms.CheckboxSelectMultiple: "",
    forms.HiddenInput: "",
    forms.Select: "form-select",
    forms.FileInput: "form-control",
}


class Renderer(TemplatesSetting):
    """``{{ form }}`` renders fields with our own templates."""

    form_template_name = "kpotracker/_form.html"
    field_template_name = "kpotracker/_field.html"


class PlainForm(forms.Form):
    """A form whose widgets carry the classes of the design, with dates picked by the browser."""

    default_renderer = Renderer

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.dress()

    def dress(self) -> None:
        """Give every widget its class; call it again after adding fields."""
        for field in self.fields.values():
            _dress(field)

    def refuse(self, error: ValidationError) -> None:
        """Show what a service refused: by its fields where the form has them, else above."""
        if not hasattr(error, "error_dict"):
            self.add_error(None, error)
            return
        for name, errors in error.error_dict.items():
            place = name if name in self.fields and name != NON_FIELD_ERRORS else None
            self.add_error(place, errors)


def _dress(field: forms.Field) -> None:
    widget = field.widget
    if isinstance(field, forms.DateField) and type(widget) is forms.DateInput:
        widget.input_type = "date"
        widget.format = "%Y-%m-%d"
    kinds = (each for each in type(widget).__mro__ if each in _CLASSES)
    name = _CLASSES.get(next(kinds, None), "form-control")  # type: ignore[arg-type]
    worn = str(widget.attrs.get("class", "")).split()
    if name and name not in worn:
        widget.attrs["class"] = " ".join([name, *worn])
