/* SPDX-License-Identifier: MIT */
/* What a person should see of a boot. */
#include "config/call/file.h"

#include "model/text.h"
#include "sys/message.h"

void call_print(const char *line)
{
	message_bare(line, NULL);
}

int call_step(const char *what, int result)
{
	struct digits d;

	if (result == 0)
		message_bare("[ ok ] ", what, NULL);
	else if (result < 0)
		message_bare("[fail] ", what, ": ", text_error(&d, result), NULL);
	else
		message_bare("[fail] ", what, ": exit code ",
		             text_number(&d, result), NULL);
	return result;
}
