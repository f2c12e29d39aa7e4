[ http://example.org/a?b=c x:y ]
