# SPDX-License-Identifier: MIT
# Behind config/explain.awk: how a value of each type is written, as rows of
# built_in_forms. For any awk of POSIX.

function quote(t)
{
	gsub(/["\\]/, "\\\\&", t)
	return "\"" t "\""
}

BEGIN {
	for (name in form)
		print "\t{ " quote(name) ", " quote(form[name]) " },"
	exit
}
