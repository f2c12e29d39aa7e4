"""One evaluation put together: pieces of code on demand, the workspace, what is made of values, what is remembered."""
