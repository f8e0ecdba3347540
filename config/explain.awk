# SPDX-License-Identifier: MIT
# What a compiler says of a configuration, in at most four lines: the first
# error, its line in the user's file, and a sentence of ours that says what is
# meant. Reads the messages of gcc or clang in English (LC_ALL=C); with
# -v words=FILE, config/connate/config.h, of which it takes the types of the
# fields. Messages without an error are printed as they are, and so is what
# this file does not understand. For any awk of POSIX, with LC_ALL=C, so that a
# character is a byte.

BEGIN {
	is_located = ":[0-9]+:[0-9]+: (fatal error|error|warning|note): "
	takes_texts = "^(LIST|CALENDAR|EXEC|SHELL|LOG_FILE|LOG_TO|INHERIT|LIMIT)$"
	set_forms()
	set_others()
	read_types()
}

{ line[NR] = $0 }

END {
	if (!(at = quote_missing()))
		at = error_next(1)
	if (!at) {
		for (i = 1; i <= NR; i++)
			print line[i]
		exit
	}
	take(at)
	read_file()
	if (text ~ /unterminated.* macro/ && unclosed)
		take_line(unclosed)
	hint = meaning()
	print place ": error: " text
	if (snippet != "")
		print snippet "\n" caret
	if (hint != "")
		print place ": note: " hint
}

# How a value of each type is written.
function set_forms()
{
	process = "EXEC(\"/path\", \"argument\", ...), SHELL(\"command\")"
	form["const char *"] = "as a text in quotation marks: \"...\""
	form["bool"] = "true or false"
	form["int"] = form["long"] = "as a number"
	form["enum config_target"] = "UP, DOWN or ONCE"
	form["enum config_from"] = "ALL or MAIN"
	form["enum config_reads"] = "TOGETHER or EACH"
	form["enum config_restart"] = "IN_TURN or OVERLAP"
	form["struct config_list"] = "LIST(\"...\", \"...\")"
	form["struct config_action"] = process " or CALL(function)"
	form["struct config_ready"] = "READY_AT_ONCE, READY_NOTIFY, " \
		"READY_DAEMONIZE, READY_FD(n), READY_SD_NOTIFY, READY_CHECK " \
		"or READY_BUS(\"org.name\", SYSTEM)"
	form["struct config_check"] = "CHECK(EXEC(\"/path\"), " \
		".every = SECONDS(30))"
	form["enum config_on_failure"] = "RESTART or TELL"
	form["struct config_time"] = "SECONDS(n), MILLISECONDS(n) or FOREVER"
	form["struct config_every"] = "SECONDS(n) or CALENDAR(\"...\")"
	form["struct config_retry"] = "RETRY_DOUBLING(), " \
		"RETRY_FIXED(.attempts = n) or RETRY_NEVER"
	form["struct config_log"] = "LOG_INHERIT, LOG_NONE, " \
		"LOG_FILE(\"/path\") or LOG_TO(\"service\")"
	form["struct config_ioprio"] = "IO_REALTIME(n), IO_BEST_EFFORT(n) " \
		"or IO_IDLE"
	form["struct config_limits"] = "LIMITS(LIMIT(\"name\", soft, hard), " \
		"...)"
	form["umask"] = form["mode"] = "as an octal number, such as 022"
	form["stop"] = "SIGNAL(SIGTERM), " process " or CALL(function)"
	form["reload"] = "SIGNAL(SIGHUP), NOTIFY_RELOAD(SIGHUP), " process \
		" or CALL(function)"
	form["env"] = "LIST(\"NAME=value\", ...)"
}

# How words of other service managers begin, in small letters, and the field that
# is meant: the first one counts.
function set_others()
{
	others = split( \
		"startsec settle autostart target enable target " \
		"autorestart retry restart retry respawn retry " \
		"startretries retry exitcodes retry execstartpre setup " \
		"execstartpost started poststart started " \
		"prestart setup pre_start setup execstoppost cleanup " \
		"poststop cleanup post_stop cleanup execreload reload " \
		"stopwait max_stop timeoutstop max_stop stop_timeout max_stop " \
		"stoptimeout max_stop timeoutstart max_ready " \
		"start_timeout max_ready stopasgroup stop_all " \
		"killasgroup stop_all killmode stop_all stopsig stop " \
		"killsig stop execstop stop stop_ stop priority after " \
		"type ready wantedby groups command run exec run start run " \
		"program run depend needs require needs cwd chdir work chdir " \
		"dir chdir stdout log stderr log log log env env", other, " ")
}

# type["config_service", "needs"] = "struct config_list", and so on.
function read_types(    owner, name, n, i, t)
{
	while ((getline t < words) > 0) {
		if (t ~ /^struct [a-z_]+ \{/) {
			split(t, name, " ")
			owner = name[2]
		}
		if (t !~ /^\t+[a-z].*;/ || t ~ /[(=]/)
			continue
		sub(/;.*/, "", t)
		sub(/^\t+/, "", t)
		n = split(t, name, /, \*?/)
		t = name[1]
		sub(/ ?[a-z_]+$/, "", t)
		for (i = 1; i <= n; i++)
			if (match(name[i], /[a-z_]+$/))
				type[owner, substr(name[i], RSTART)] = t
	}
	close(words)
}

function error_next(i)
{
	while (i <= NR && (line[i] !~ is_located || line[i] !~ /error: /))
		i++
	return i <= NR ? i : 0
}

# The error that follows from it is far away.
function quote_missing(    i)
{
	for (i = 1; i <= NR; i++)
		if (line[i] ~ is_located && line[i] ~ /missing terminating/)
			return i
	return 0
}

# Is the place of that message in our header?
function is_ours(message)
{
	return index(message, words ":") == 1
}

# Where in the user's file the macro was used in which gcc sees the error.
function use_of_macro(i,    found)
{
	for (found = i++; i <= NR; i++)
		if (line[i] ~ /note: in expansion of macro/)
			found = is_ours(line[i]) ? found : i
		else if (line[i] ~ is_located && line[i] !~ /note: in def/)
			break
	return found
}

# Where the character of that column begins, if each takes one (UTF-8).
function byte_at(t, column,    i)
{
	for (i = 1; i <= length(t); i++)
		if (substr(t, i, 1) !~ /[\200-\277]/ && --column == 0)
			break
	return i
}

# Sets place, file, row, text, and the line with what is before and after ^.
function take(at,    spot)
{
	text = line[at]
	sub(/ \[-W[^]]*\]$/, "", text)
	if (is_ours(line[at]))
		at = use_of_macro(at)
	match(line[at], is_located)
	place = substr(line[at], 1, RSTART - 1)
	row = substr(line[at], RSTART + 1) + 0
	file = place
	place = place ":" row
	match(text, is_located)
	text = substr(text, RSTART + RLENGTH)
	if (line[at + 2] !~ /^[ \t|~]*\^[ \t~^]*$/)
		return
	snippet = line[at + 1]
	caret = line[at + 2]
	spot = byte_at(snippet, index(caret, "^"))
	before = substr(snippet, 1, spot - 1)
	after = substr(snippet, spot)
}

function take_line(number)
{
	row = number
	place = file ":" row
	snippet = sprintf("%5d | %s", row, source[row])
	gsub(/\t/, "        ", snippet)
	match(snippet, /\| */)
	caret = sprintf("%5s %-" RLENGTH "s^", "", "|")
}

# Without texts, comments, and whatever is in parentheses that are closed.
function bare(t)
{
	gsub(/\\"/, "", t)
	gsub(/"[^"]*"/, "\"\"", t)
	gsub(/\/\*[^*]*\*\//, "", t)
	while (gsub(/\([^()]*\)/, "", t))
		;
	return t
}

# Sets context: what stands between the last SERVICE or CONNATE and the error;
# earlier: the line of that; and unclosed: that of a SERVICE( without its
# parenthesis.
function read_file(    t, n, since, begun)
{
	while ((getline t < file) > 0) {
		source[++n] = t
		if (t ~ /(SERVICE|CONNATE)[ \t]*\(/) {
			if (!unclosed && bare(since) ~ /\(/)
				unclosed = begun
			begun = n
			since = ""
		}
		if (n < row)
			earlier = begun
		if (n == row) {
			sub(/^ *[0-9]+ \| /, "", before)
			context = bare(since "\n" before)
		}
		since = since "\n" t
	}
	close(file)
	sub(/.*(SERVICE|CONNATE)[ \t]*\(/, "&", context)
	set_field()
}

# Sets field, the last one that is given a value, and macro, the call that is
# open; owner is the struct that has such a field.
function set_field(    t)
{
	t = context
	owner = t ~ /CONNATE[ \t]*\(/ ? "config" : "config_service"
	if (match(t, /[A-Z_]+[ \t]*\([^(]*$/))
		macro = substr(t, RSTART, RLENGTH)
	sub(/[ \t]*\(.*/, "", macro)
	if (macro ~ /^RETRY_/)
		owner = "config_retry"
	if (macro ~ /^LOG_FILE/)
		owner = "config_log"
	while (match(t, /\.[a-z_]+[ \t]*=/)) {
		field = substr(t, RSTART + 1, RLENGTH - 2)
		t = substr(t, RSTART + RLENGTH)
	}
	sub(/[ \t]+$/, "", field)
}

function field_form(    t)
{
	t = type[owner, field]
	if (field == "" || t == "")
		return ""
	return "." field " is written " (field in form ? form[field] : form[t])
}

# The word that the message is about, which is in quotation marks.
function word_in_text(    t)
{
	t = text
	sub(/^.*member named/, "", t)
	return match(t, /'[^']*'/) ? substr(t, RSTART + 1, RLENGTH - 2) : ""
}

function quoted(what)
{
	return "a text stands in quotation marks: \"" what "\""
}

# What other service managers call so, or what the compiler thinks is near.
function field_of(name,    i)
{
	name = tolower(name)
	for (i = 1; i < others; i += 2)
		if (index(name, other[i]) == 1)
			return other[i + 1]
	return match(text, /did you mean '[^']*'/) ? \
		substr(text, RSTART + 14, RLENGTH - 15) : ""
}

function unknown_field(name,    like)
{
	if (index(after, name) != 1)
		return field_form()
	if (owner == "config_service" && ("config", name) in type)
		return "." name " stands in CONNATE(...), at the end"
	if (owner == "config" && ("config_service", name) in type)
		return "." name " stands in SERVICE(\"...\", ...)"
	like = field_of(name)
	return "there is no ." name (like == "" \
		? "; connate-config(5) lists the fields" \
		: "; did you mean ." like "?")
}

function unknown_word(name)
{
	if (name ~ /_is_for_connate_build$/)
		return "OVERRIDE and MASK are for connate-build, which " \
			"reads several files"
	if (name == "CONFIG_SERVICE")
		return unknown_call("SERVICE")
	if (name == "CONFIG_CONNATE")
		return "the file ends with CONNATE();"
	if (name == "services")
		return "the list is named so: " \
			"static const struct service services[] = {"
	if (macro == "CALL")
		return "a function stands above the list: int " name "(void)"
	if (after ~ /^[a-z_]+[ \t]*=/ && (owner, name) in type)
		return "a field begins with a dot: ." name
	if (macro ~ takes_texts || macro == "SERVICE" &&
	    (field == "" || type[owner, field] == "const char *"))
		return quoted(name)
	return field_form()
}

function unknown_call(name)
{
	if (field_form() != "")
		return field_form()
	if (name ~ /^[A-Z_]+$/)
		return "a service is written SERVICE(\"name\", ...)"
	return ""
}

function missing_separator()
{
	if (after ~ /^CONNATE/ && text ~ /expression/)
		return "}; is missing before CONNATE"
	if (after ~ /^CONNATE/ || text ~ /top level declarator/)
		return "a semicolon is missing: the list ends with }; " \
			"and the file with CONNATE();"
	if (after ~ /^SERVICE/ && !earlier)
		return "each field of DEFAULTS ends with a comma"
	if (after ~ /^;/)
		return "fields and services have commas between them"
	if (after ~ /^,/)
		return "something is missing before the comma"
	if (after ~ /^\)/)
		return "there is a parenthesis too many"
	if (match(after, /^(\.[a-z_]+|SERVICE)/))
		return "a comma is missing before " substr(after, 1, RLENGTH)
	if (macro ~ takes_texts)
		return quoted("...")
	if (text ~ /'='/)
		return "a field is written .name = value"
	return field_form()
}

# The sentence, or nothing.
function meaning()
{
	if (text ~ /missing terminating/)
		return "a quotation mark is missing"
	if (text ~ /unterminated.* comment/)
		return "a comment ends with */"
	if (text ~ /unterminated.* macro/)
		return "a parenthesis is not closed"
	if (text ~ /no member named|does not refer to any field/)
		return unknown_field(word_in_text())
	if (text ~ /implicit declaration|undeclared function/)
		return unknown_call(word_in_text())
	if (text ~ /undeclared/)
		return unknown_word(word_in_text())
	if (text ~ /incomplete element type|connate[^ ]*\.h.*([nN]o|found)/)
		return "a configuration begins with #include <connate/config.h>"
	if (text ~ /redefinition of 'connate_config'/)
		return "CONNATE(); stands once, at the end"
	if (text ~ /_Generic|generic association/)
		return "CALL takes the name of a function: int NAME(void)"
	if (text ~ /overflow|requires [0-9]+ bits/)
		return "a number above 2147483647 needs ULL: 4ULL << 30"
	if (text ~ /preprocessing directive/)
		return "a comment is written /* ... */"
	if (after ~ /^'/ || text ~ /^stray|unexpected character/)
		return quoted("...")
	if (text ~ /request for member|member reference base|expected/)
		return missing_separator()
	if (text ~ /initiali[sz]|conversion|arguments|octal|operands/)
		return field_form()
	return ""
}
