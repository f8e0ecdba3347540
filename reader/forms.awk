# SPDX-License-Identifier: MIT
# Behind config/explain.awk: how a value of each type is written, as rows of
# built_in_forms; with which=others the words of other service managers, of
# built_in_others. For any awk of POSIX.

function quote(t)
{
	gsub(/["\\]/, "\\\\&", t)
	return "\"" t "\""
}

BEGIN {
	for (i = 1; which == "others" && i < others; i += 2)
		print "\t{ " quote(other[i]) ", " quote(other[i + 1]) " },"
	for (name in form)
		if (which != "others")
			print "\t{ " quote(name) ", " quote(form[name]) " },"
	exit
}
