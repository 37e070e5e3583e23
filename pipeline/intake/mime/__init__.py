"""Mail as bytes: headers, people, dates, character sets, parts and text; nothing here knows of captures."""
