# SPDX-License-Identifier: MIT
# The files as rows of built_in, named as they are included. For any awk of
# POSIX.

FNR == 1 {
	name = FILENAME
	sub(/^.*\/config\/connate\//, "connate/", name)
	sub(/^.*\/reader\/headers\//, "", name)
	if (NR > 1)
		print "\t},"
	print "\t{ \"" name "\","
}

{
	gsub(/["\\]/, "\\\\&")
	print "\t  \"" $0 "\\n\""
}

END { print "\t}," }
