/* SPDX-License-Identifier: MIT */
/* Any bytes as a configuration, through the reader of connate-build: for
 * libFuzzer (clang -fsanitize=fuzzer). With its own main(), each file on the
 * command line once, as 1511-hostile-configurations.t does. The checks have a
 * fuzzer of their own, config-fuzz.c. */
#include <stdlib.h>
#include <string.h>

#include "reader/unit.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char *text = malloc(size + 2);
	struct reading r;

	if (text == NULL)
		return 0;
	memcpy(text, bytes, size);
	text[size] = text[size + 1] = '\0';
	(void)reading_of_text("fuzz.c", text, size, &r); /* either is right */
	reading_forget();
	free(text);
	return 0;
}

#ifdef FILES
int main(int argc, char **argv)
{
	for (int k = 1; k < argc; k++) {
		static uint8_t bytes[4 << 20];
		FILE *from = fopen(argv[k], "rb");
		size_t size = from != NULL
		                      ? fread(bytes, 1, sizeof(bytes), from)
		                      : 0;

		if (from == NULL)
			return 2;
		fclose(from);
		(void)LLVMFuzzerTestOneInput(bytes, size); /* it is 0 */
	}
	return 0;
}
#endif
