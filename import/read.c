/* SPDX-License-Identifier: MIT */
/* Files and folders. A file of another kind, one with a NUL byte, or one that is
 * too large to be a definition, is not read. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "import/memory.h"
#include "import/read.h"
#include "import/text.h"

enum { FILE_MOST = 16 << 20 };

static const char *read_descriptor(int fd, const char **why)
{
	struct text t = { 0 };
	char buffer[1 << 16];
	ssize_t size;

	while ((size = read(fd, buffer, sizeof(buffer))) != 0) {
		if (size < 0 && errno == EINTR)
			continue;
		if (size < 0) {
			*why = strerror(errno);
			return NULL;
		}
		text_add(&t, buffer, (size_t)size);
		if (t.size > FILE_MOST) {
			*why = "more than 16 MB are no definition";
			return NULL;
		}
	}
	if (strlen(text_end(&t)) != t.size) {
		*why = text_of("a NUL byte, at %zu: this is no text",
		               strlen(text_end(&t)));
		return NULL;
	}
	return text_end(&t);
}

const char *read_file(const char *path, const char **why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	const char *found = NULL;
	struct stat status;

	if (fd < 0) {
		*why = strerror(errno);
		return NULL;
	}
	if (fstat(fd, &status) < 0)
		*why = strerror(errno);
	else if (!S_ISREG(status.st_mode))
		*why = S_ISDIR(status.st_mode) ? "a folder, not a file"
		                               : "no regular file";
	else
		found = read_descriptor(fd, why);
	(void)close(fd); /* nothing was written */
	return found;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

bool read_folder(const char *path, struct words *names, const char **why)
{
	DIR *folder = opendir(path);
	struct dirent *entry;

	if (folder == NULL) {
		*why = strerror(errno);
		return false;
	}
	while ((entry = readdir(folder)) != NULL)
		if (entry->d_name[0] != '.')
			words_add(names, text_of("%s", entry->d_name));
	(void)closedir(folder); /* nothing was written */
	if (names->count > 0)
		qsort(names->word, names->count, sizeof(char *), by_name);
	return true;
}

bool is_folder(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

bool is_file(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

bool is_link(const char *path)
{
	struct stat status;

	return lstat(path, &status) == 0 && S_ISLNK(status.st_mode);
}

bool is_masked(const char *path)
{
	char to[16];
	ssize_t size = readlink(path, to, sizeof(to) - 1);

	if (size < 0)
		return false;
	to[size] = '\0';
	return text_same(to, "/dev/null");
}

const char *write_file(const char *path, const char *text)
{
	const char *part = text_of("%s.new", path);
	FILE *to = fopen(part, "we");
	bool written;
	int error;

	if (to == NULL)
		return strerror(errno);
	written = fputs(text, to) >= 0 && fflush(to) == 0;
	error = errno;
	if (fclose(to) != 0 && written) {
		error = errno;
		written = false;
	}
	if (written && rename(part, path) == 0)
		return NULL;
	if (written)
		error = errno;
	(void)unlink(part); /* it may not be there */
	return strerror(error);
}
