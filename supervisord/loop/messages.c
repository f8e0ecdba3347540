/* SPDX-License-Identifier: MIT */
/* What connate says (model/link.def), and what is done then. */
#include "supervisord/loop/messages.h"

#include "model/halt.h"
#include "supervisord/base/publish.h"
#include "supervisord/base/supervisor.h"
#include "supervisord/io/link.h"
#include "supervisord/loop/children.h"
#include "supervisord/loop/halt.h"
#include "supervisord/upgrade/upgrade.h"

static void on_signal(const struct link *m)
{
	if (m->a == SIGHUP)
		publish_hung_up(true); /* done when it is off the link */
	else
		halt_on_signal(m->a, (enum init)m->b, m->number);
}

/* How connate's exec of another version of itself has ended. */
static void on_reexec(const struct link *m)
{
	if (supervisor.ledger->reexec_id == 0)
		return;
	publish_answer(supervisor.ledger->reexec_id, m->a,
	               (uint32_t)m->b << 16 | (uint32_t)m->c);
	publish_reexec(0);
}

static void on_message(const struct link *m)
{
	switch ((enum link_kind)m->kind) {
	case LINK_EXITED:
		child_ended(m->a, false,
		            (union ending){ .status = m->c,
		                            .code = (uint16_t)m->b });
		break;
	case LINK_SIGNAL:
		on_signal(m);
		break;
	case LINK_DRAINED:
		if (m->a == sys_getpid())
			supervisor.drained = true;
		break;
	case LINK_LOCKED:
		publish_locked();
		supervisor.locked = true;
		break;
	case LINK_KEPT:
		upgrade_kept(m->a, (uint32_t)m->b);
		break;
	case LINK_REEXECED:
		on_reexec(m);
		break;
	case LINK_NONE:
	case LINK_TRY:
	case LINK_REEXEC:
	case LINK_ADOPTED:
	case LINK_KEEP:
	case LINK_DROP:
	case LINK_HALT:
	case LINK_REACHED:
	case LINK_NOTIFY:
	case LINK_STOOD:
	case LINKS:
		break;
	}
}

/* From now on the messages of the link are acted on, whichever room receives
 * them. */
void messages_listen(void)
{
	static const struct link_listener listener = { on_message };

	link_listen(&listener);
}
