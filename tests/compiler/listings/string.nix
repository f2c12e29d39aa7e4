"plain text"
