"""The outline in templates: `{% load learning %}`."""

from __future__ import annotations

from django import template

from courses.learning.outline_html import render_parts, render_steps, render_swapped_step

register = template.Library()
register.simple_tag(render_steps, name="steps")
register.simple_tag(render_parts, name="parts")
register.simple_tag(render_swapped_step, name="swapped_step")
