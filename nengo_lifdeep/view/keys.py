"""Keys of the page: what a browser does with one that is pressed."""

from __future__ import annotations

__all__ = ["HELP", "SCRIPT"]

#: below the controls
HELP = (
    "Keys: <kbd>space</kbd> plays and pauses, <kbd>←</kbd> <kbd>→</kbd> one step, "
    "<kbd>Home</kbd> to the start, <kbd>n</kbd> another image"
)

#: run once, when the page is ready; ``pressed`` is a text whose change Python hears. A key that a
#: widget with the focus takes itself is left to it.
SCRIPT = """
if (!window.lifdeep_keys) {
  window.lifdeep_keys = true
  const named = {" ": "play", "ArrowLeft": "back", "ArrowRight": "forward", "Home": "start",
                 "n": "another"}
  let count = 0
  document.addEventListener("keydown", (event) => {
    const at = event.composedPath()[0]
    const role = at.getAttribute ? at.getAttribute("role") : null
    const taken = ["INPUT", "SELECT", "TEXTAREA", "BUTTON", "A"].includes(at.tagName)
    if (!(event.key in named) || taken || role === "slider" || event.ctrlKey || event.metaKey)
      return
    event.preventDefault()
    count += 1
    pressed.value = named[event.key] + " " + count
  })
}
"""
