/* SPDX-License-Identifier: MIT */
/* A batch of lines of one writer. First the file, which cannot be written
 * twice (file.c); then, when the batch counts as done, standard output: a kill
 * between the two loses the second, and doubles none. */
#include "log/output.h"

#include "log/file.h"
#include "log/memory.h"
#include "log/options.h"
#include "log/ring.h"
#include "log/syslog.h"
#include "model/text.h"
#include "sys/call.h"
#include "sys/message.h"

static char shown[WRITE_BYTES]; /* for standard output */
static uint32_t shown_length;
static uint32_t length;         /* in memory->out, before that counts */
static uint64_t room;           /* bytes that the file takes */
static bool output_failed;

static void wait_writable(void)
{
	struct pollfd poll = { .fd = 1, .events = POLLOUT };

	(void)sys_ppoll(&poll, 1, NULL); /* then the write says what is wrong */
}

static void write_shown(void)
{
	uint32_t at = 0;
	struct digits d;
	long done = 1;

	while (at < shown_length && done > 0) {
		done = sys_write(1, shown + at, shown_length - at);
		if (done == -EAGAIN) {
			wait_writable();
			done = 1;
		} else if (done > 0) {
			at += (uint32_t)done;
		}
	}
	if (done <= 0 && !output_failed)
		message("connate-log: standard output: ",
		        text_error(&d, done < 0 ? (int)done : -EIO),
		        "; its lines are lost", NULL);
	output_failed = done <= 0;
	shown_length = 0;
}

/* Adds a line to the batch, which is of this writer. False: the batch has no
 * room for it, and is to be flushed before. */
bool output_line(uint32_t writer, const struct line *l)
{
	char *end;

	if (length == 0)
		room = file_room(writer);
	if (length > WRITE_BYTES - LINE_SHOWN ||
	    shown_length > WRITE_BYTES - LINE_SHOWN)
		return false;
	if (file_is_wanted() || ring_is_wanted()) {
		end = line_text(memory->out + length, l);
		if (length > 0 && (uint64_t)(end - memory->out) > room)
			return false;
		length = (uint32_t)(end - memory->out);
	}
	if (options.output || options.json) {
		end = options.json ? line_json(shown + shown_length, l)
		                   : line_text(shown + shown_length, l);
		shown_length = (uint32_t)(end - shown);
	}
	if (options.syslog != NULL)
		syslog_line(l);
	return true;
}

/* The file has all of the batch. Killed between these two, the successor finds
 * so by the size of the file, and writes nothing; the ring knows its last batch
 * by its number. */
static void finish(void)
{
	if (memory->length > 0 && ring_is_wanted())
		ring_add(memory->writer, memory->out, memory->length);
	memory_store(&memory->done, memory->done_next);
	memory_store(&memory->length, 0);
	length = 0;
	write_shown();
}

/* Goes on with a batch that was begun, if one was: after an error, or by the
 * successor of a logger that was killed. 0; or -errno: the file cannot be
 * written now. */
int output_again(void)
{
	int error;

	if (memory->length == 0)
		return 0;
	error = file_is_wanted() ? file_write() : 0;
	if (error >= 0)
		finish();
	return error;
}

/* Writes the batch; done is what memory->done is then. As output_again(). */
int output_flush(uint32_t done)
{
	memory->done_next = done;
	memory->inode = 0;
	memory->written = 0;
	memory->batch++;
	if (length == 0)
		finish();
	memory_store(&memory->length, length);
	return output_again();
}
