// A person who opened the link meant it; link previews run no scripts, so they leave the one-time token alone.
document.getElementById("confirm").submit()
