# SPDX-License-Identifier: MIT
# Lists the words of connate/config.h: fields as ".env", in their order, and all
# that is written in capitals, also in comments, which tell of variables.
/^struct config_(service|retry|log) \{/ { inside = 1; own = /service/; next }
/^}/ { inside = 0 }
inside {
	line = $0
	gsub(/\/\*.*\*\//, "", line)
	if (text == "")
		sub(/^[ \t]*(const )?((struct|enum) )?[a-z_0-9]+[ \t]/, "", line)
	text = text line
	if (line !~ /;/)
		next
	while (match(text, /[a-z_]+/)) {
		word = "." substr(text, RSTART, RLENGTH)
		if (own)
			field[++fields] = word
		else
			part[++parts] = word
		text = substr(text, RSTART + RLENGTH)
	}
	text = ""
}
{
	line = $0
	while (match(line, /[A-Z][A-Z_]+[A-Z]/)) {
		word = substr(line, RSTART, RLENGTH)
		line = substr(line, RSTART + RLENGTH)
		if (!(word in seen))
			capital[++capitals] = word
		seen[word] = 1
	}
}
END {
	print "/* SPDX-License-Identifier: MIT */"
	print "/* Made of connate/config.h by import/words.awk. */"
	for (i = 1; i <= fields; i++)
		if (!(field[i] in seen)) {
			seen[field[i]] = 1
			print "WORD(\"" field[i] "\")"
		}
	for (i = 1; i <= parts; i++)
		if (!(part[i] in seen)) {
			seen[part[i]] = 1
			print "WORD(\"" part[i] "\")"
		}
	for (i = 1; i <= capitals; i++)
		print "WORD(\"" capital[i] "\")"
}
