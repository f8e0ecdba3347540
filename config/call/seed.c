/* SPDX-License-Identifier: MIT */
/* The random seed, from one boot to the next: random(4). */
#include "config/call/file.h"

#include <linux/random.h>

#include "sys/call.h"

enum { SEED_BYTES = 512, SEED_MODE = 0600 };

static const char device[] = "/dev/urandom";

static int take(const char *path, unsigned char *seed, size_t *length)
{
	int fd = call_open_read(path);
	long got;

	if (fd < 0)
		return fd;
	got = call_read_all(fd, seed, SEED_BYTES);
	(void)sys_close(fd); /* it was only read */
	*length = got < 0 ? 0 : (size_t)got;
	return got < 0 ? (int)got : 0;
}

static int mix(const unsigned char *seed, size_t length)
{
	int fd = call_open(device, O_WRONLY, 0);

	if (fd < 0)
		return fd;
	return call_close(fd, call_write_all(fd, seed, length));
}

/* The device does not wait for entropy (random(4)): as long as there is too
 * little, the new seed is as good as what the kernel has, the old seed in it.
 */
static int fresh(unsigned char *seed)
{
	size_t length = 0;
	int error;

	while (length < SEED_BYTES) {
		long got = sys_getrandom(seed + length, SEED_BYTES - length,
		                         GRND_NONBLOCK);

		if (got < 0 && got != -EINTR)
			break;
		length += got > 0 ? (size_t)got : 0;
	}
	if (length == SEED_BYTES)
		return 0;
	error = take(device, seed, &length);
	return error == 0 && length < SEED_BYTES ? -EIO : error;
}

/* The new name must be on disk, too, or the next boot has the old seed. */
static int settle_folder(const char *path)
{
	char folder[PATH_MAX];
	size_t length = 0;
	int fd, error;

	for (size_t i = 0; path[i] != '\0' && i < sizeof(folder) - 1; i++) {
		folder[i] = path[i];
		if (path[i] == '/')
			length = i + 1;
	}
	if (length == 0)
		folder[length++] = '.';
	folder[length] = '\0';
	fd = call_open(folder, O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0)
		return fd == -EACCES ? 0 : fd; /* written to, but not read */
	error = sys_fsync(fd);
	(void)sys_close(fd); /* fsync has said what there is to say */
	return error == -EINVAL ? 0 : error; /* nothing to do there */
}

int call_seed_save(const char *path)
{
	unsigned char seed[SEED_BYTES];
	struct call_part part;
	int error = fresh(seed);
	int fd;

	if (error < 0)
		return error;
	fd = call_part_open(&part, path);
	if (fd < 0)
		return fd;
	error = call_part_end(&part, fd, SEED_MODE,
	                      call_write_all(fd, seed, sizeof(seed)));
	return error < 0 ? error : settle_folder(path);
}

int call_seed_load(const char *path)
{
	unsigned char seed[SEED_BYTES];
	size_t length;
	int error = take(path, seed, &length);

	if (error == 0)
		error = mix(seed, length);
	return error < 0 && error != -ENOENT ? error : call_seed_save(path);
}
