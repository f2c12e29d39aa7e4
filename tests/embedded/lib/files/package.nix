{ greeting, name ? "you" }: { text = "${greeting} ${name}"; }
