/* SPDX-License-Identifier: MIT */
/* Constant expressions: numbers, texts, addresses, sizeof, casts, _Generic. */
#include <string.h>

#include "reader/parse.h"
#include "reader/store.h"

static int unevaluated;     /* inside of sizeof */
static struct token called; /* the last function that was named */

static struct value unary(const struct type *wanted);

static struct value int_value(int64_t i, const struct type *t)
{
	return (struct value){ .kind = VALUE_INT, .type = t, .i = i };
}

/* Is i, taken as it is, a value of that type? */
bool int_fits(int64_t i, const struct type *t)
{
	int bits = (int)(8 * t->size);

	if (bits >= 64)
		return true;
	return t->is_signed ? i >= -(1ll << (bits - 1)) &&
	                              i < 1ll << (bits - 1)
	                    : i >= 0 && i < 1ll << bits;
}

/* The value modulo the size of the type. */
static int64_t int_cut(int64_t i, const struct type *t)
{
	int bits = (int)(8 * t->size), rest = 64 - bits;

	if (t->kind == TYPE_BOOL)
		return i != 0;
	if (rest <= 0)
		return i;
	return t->is_signed ? (int64_t)((uint64_t)i << rest) >> rest
	                    : (int64_t)((uint64_t)i << rest >> rest);
}

/* An array becomes the address of its first element. */
struct value value_decay(struct value v)
{
	if (v.kind != VALUE_OBJECT || v.type->kind != TYPE_ARRAY)
		return v;
	v.kind = VALUE_POINTER;
	v.type = type_pointer(v.type->of);
	return v;
}

static struct value scalar(struct value v, const struct token *t)
{
	if (v.kind == VALUE_OBJECT &&
	    (v.type->kind == TYPE_INT || v.type->kind == TYPE_BOOL ||
	     v.type->kind == TYPE_POINTER)) {
		int64_t i = 0;

		if (v.type->kind == TYPE_POINTER) {
			v.kind = VALUE_POINTER;
			memcpy(&v.memory, v.memory, sizeof(v.memory));
			return v;
		}
		memcpy(&i, v.memory, v.type->size);
		return int_value(int_cut(i, v.type), v.type);
	}
	if (v.kind != VALUE_INT && v.kind != VALUE_DOUBLE)
		fail_form(t);
	return v;
}

/* Shorter integers are taken for int. */
static const struct type *promoted(const struct type *t)
{
	return t->kind == TYPE_BOOL || t->size < 4 ? &type_int : t;
}

static const struct type *common(const struct type *a, const struct type *b)
{
	a = promoted(a);
	b = promoted(b);
	if (a->size != b->size)
		return a->size > b->size ? a : b;
	return a->is_signed ? b : a;
}

static struct value cast(const struct type *t, struct value v,
                         const struct token *at)
{
	if (t->kind == TYPE_POINTER) {
		v = value_decay(v);
		if (v.kind == VALUE_INT && v.i == 0)
			return (struct value){ .kind = VALUE_POINTER,
				               .type = t };
		if (v.kind != VALUE_POINTER)
			fail_form(at);
		v.type = t;
		return v;
	}
	v = scalar(v, at);
	if (t->kind == TYPE_DOUBLE)
		return (struct value){
			.kind = VALUE_DOUBLE,
			.type = t,
			.d = v.kind == VALUE_DOUBLE ? v.d : (double)v.i,
		};
	if (t->kind != TYPE_INT && t->kind != TYPE_BOOL)
		fail_form(at);
	if (v.kind == VALUE_DOUBLE) {
		if (!(v.d > -9.2e18 && v.d < 9.2e18))
			fail_large(at);
		v.i = t->kind == TYPE_BOOL ? v.d != 0 : (int64_t)v.d;
	}
	return int_value(int_cut(v.i, t), t);
}

/* ( type ) { … } or ( type ) value, behind the type. */
static struct value behind_type(const struct type *t, const struct token *at)
{
	struct value v;

	if (is_sign(peek(0), '{'))
		return compound(t);
	v = unary(NULL);
	if (t->kind == TYPE_VOID)
		return v;
	return cast(t, v, at);
}

static void expect(uint32_t sign)
{
	if (!take_sign_if(sign))
		fail_separator(peek(0));
}

static struct value in_parentheses(const struct type *wanted)
{
	struct token open = next();
	struct value v;

	nest(&open);
	if (is_type_begin(peek(0))) {
		const struct type *t = type_name();

		expect(')');
		v = behind_type(t, &open);
	} else {
		v = expression(wanted);
		expect(')');
	}
	unnest();
	return v;
}

static struct value size_of(void)
{
	size_t size;

	unevaluated++;
	if (is_sign(peek(0), '(') && is_type_begin(peek(1))) {
		struct token open = next();
		const struct type *t = type_name();

		expect(')');
		size = is_sign(peek(0), '{') ? behind_type(t, &open).type->size
		                             : t->size;
	} else
		size = unary(NULL).type->size;
	unevaluated--;
	return int_value((int64_t)size, &type_ulong);
}

/* _Generic(&(name), int (*)(void): value), the one that config.h has: the name
 * is that of a function. */
static struct value generic(void)
{
	struct token at;
	struct value v, result;

	expect('(');
	at = *peek(0);
	v = unary(&type_function);
	if (v.kind != VALUE_FUNCTION)
		fail_token(&at, "CALL takes the name of a function: "
		                "int NAME(void)");
	call_check(&called, v.name);
	expect(',');
	(void)type_name();
	expect(':');
	result = expression(NULL);
	expect(')');
	return result;
}

static struct value named(const struct type *wanted)
{
	struct token t = next();
	const struct symbol *s = t.name->symbol;

	if (wanted == &type_function)
		called = t;
	if (s != NULL && s->kind == SYMBOL_CONSTANT)
		return int_value(s->number, s->type);
	if (s != NULL && s->kind == SYMBOL_FUNCTION)
		return (struct value){ .kind = VALUE_FUNCTION,
			               .type = &type_function,
			               .name = t.name };
	if (s != NULL && s->kind == SYMBOL_OBJECT)
		return (struct value){ .kind = VALUE_OBJECT,
			               .type = s->type,
			               .memory = s->memory };
	if (wanted == &type_function && call_is_known(t.name))
		return (struct value){ .kind = VALUE_FUNCTION,
			               .type = &type_function,
			               .name = t.name };
	if (name_is(&t, "services") && unit_may_lack_array())
		return (struct value){ .kind = VALUE_OBJECT,
			               .type = type_array(&type_int, 0,
			                                  true) };
	fail_name(&t, wanted);
}

static struct value primary(const struct type *wanted)
{
	const struct token *t = peek(0);
	struct token taken;

	if (t->kind == TOKEN_STRING)
		return texts_value();
	if (is_sign(t, '('))
		return in_parentheses(wanted);
	if (t->kind == TOKEN_NAME && !name_is(t, "sizeof") &&
	    !name_is(t, "_Generic"))
		return named(wanted);
	if (t->kind == TOKEN_END || t->kind == TOKEN_SIGN ||
	    t->kind == TOKEN_OTHER)
		fail_wanted(t, wanted);
	taken = next();
	if (taken.kind == TOKEN_NUMBER)
		return number_value(&taken);
	if (taken.kind == TOKEN_CHAR)
		return char_value(&taken);
	return name_is(&taken, "sizeof") ? size_of() : generic();
}

static struct value address_of(const struct token *t,
                               const struct type *wanted)
{
	struct value v = unary(wanted);

	if (v.kind == VALUE_FUNCTION)
		return v;
	if (v.kind != VALUE_OBJECT)
		fail_form(t);
	v.kind = VALUE_POINTER;
	v.type = type_pointer(v.type);
	return v;
}

static struct value negative(struct value v, const struct token *t)
{
	if (v.kind == VALUE_DOUBLE) {
		v.d = -v.d;
		return v;
	}
	v.type = promoted(v.type);
	if (v.type->is_signed && (v.i == INT64_MIN ||
	                          !int_fits(-v.i, v.type)))
		fail_large(t);
	v.i = int_cut((int64_t)(0 - (uint64_t)v.i), v.type);
	return v;
}

static struct value unary(const struct type *wanted)
{
	struct token t = *peek(0);
	struct value v;

	if (t.kind != TOKEN_SIGN || strchr("&+-~!", (char)t.sign) == NULL ||
	    t.sign > 255)
		return primary(wanted);
	(void)next();
	nest(&t);
	if (t.sign == '&')
		v = address_of(&t, wanted);
	else
		v = scalar(unary(wanted), &t);
	unnest();
	if (t.sign == '-')
		return negative(v, &t);
	if (t.sign == '!')
		return int_value(v.kind == VALUE_DOUBLE ? v.d == 0 : v.i == 0,
		                 &type_int);
	if (t.sign == '~') {
		if (v.kind == VALUE_DOUBLE)
			fail_form(&t);
		v.type = promoted(v.type);
		v.i = int_cut(~v.i, v.type);
	}
	return v;
}

/* How tightly a sign binds what is on both sides; 0: it does not. */
static int binds(const struct token *t)
{
	static const struct {
		uint32_t sign;
		int binds;
	} signs[] = {
		{ '*', 10 }, { '/', 10 }, { '%', 10 }, { '+', 9 }, { '-', 9 },
		{ SIGN2('<', '<'), 8 }, { SIGN2('>', '>'), 8 }, { '<', 7 },
		{ '>', 7 }, { SIGN2('<', '='), 7 }, { SIGN2('>', '='), 7 },
		{ SIGN2('=', '='), 6 }, { SIGN2('!', '='), 6 }, { '&', 5 },
		{ '^', 4 }, { '|', 3 }, { SIGN2('&', '&'), 2 },
		{ SIGN2('|', '|'), 1 },
	};

	for (size_t k = 0; k < sizeof(signs) / sizeof(signs[0]); k++)
		if (is_sign(t, signs[k].sign))
			return signs[k].binds;
	return 0;
}

static struct value of_doubles(double a, double b, const struct token *t)
{
	struct value v = { .kind = VALUE_DOUBLE, .type = &type_double };

	switch (t->sign) {
	case '*':
		v.d = a * b;
		return v;
	case '/':
		v.d = a / b;
		return v;
	case '+':
		v.d = a + b;
		return v;
	case '-':
		v.d = a - b;
		return v;
	case '<':
		return int_value(a < b, &type_int);
	case '>':
		return int_value(a > b, &type_int);
	default:
		fail_form(t);
	}
}

static struct value shifted(struct value a, struct value b,
                            const struct token *t)
{
	const struct type *type = promoted(a.type);
	__int128 n = a.i;

	if (b.i < 0 || b.i >= (int64_t)(8 * type->size))
		fail_form(t);
	if (t->sign == SIGN2('>', '>'))
		return int_value(type->is_signed
		                         ? a.i >> b.i
		                         : (int64_t)((uint64_t)a.i >> b.i),
		                 type);
	n = n * ((__int128)1 << b.i);
	/* Into the bit of the sign is no overflow to a compiler. */
	if (type->is_signed && n >= (__int128)1 << 8 * type->size)
		fail_large(t);
	return int_value(int_cut((int64_t)n, type), type);
}

/* Of whole numbers, exact; an operand that is unsigned is so. */
static __int128 whole(int64_t i, const struct type *t)
{
	return t->is_signed ? i : (__int128)(uint64_t)int_cut(i, t);
}

static bool compared(__int128 a, __int128 b, uint32_t sign, int *result)
{
	switch (sign) {
	case '<':
		*result = a < b;
		return true;
	case '>':
		*result = a > b;
		return true;
	case SIGN2('<', '='):
		*result = a <= b;
		return true;
	case SIGN2('>', '='):
		*result = a >= b;
		return true;
	case SIGN2('=', '='):
		*result = a == b;
		return true;
	case SIGN2('!', '='):
		*result = a != b;
		return true;
	case SIGN2('&', '&'):
		*result = a != 0 && b != 0;
		return true;
	case SIGN2('|', '|'):
		*result = a != 0 || b != 0;
		return true;
	default:
		return false;
	}
}

static __int128 computed(__int128 a, __int128 b, const struct token *t)
{
	if ((t->sign == '/' || t->sign == '%') && b == 0)
		fail_form(t);
	switch (t->sign) {
	case '*':
		return a * b;
	case '/':
		return a / b;
	case '%':
		return a % b;
	case '+':
		return a + b;
	case '-':
		return a - b;
	case '&':
		return a & b;
	case '^':
		return a ^ b;
	default:
		return a | b;
	}
}

static struct value of_ints(struct value a, struct value b,
                            const struct token *t)
{
	const struct type *type = common(a.type, b.type);
	int result;
	__int128 n;

	if (t->sign == SIGN2('<', '<') || t->sign == SIGN2('>', '>'))
		return shifted(a, b, t);
	a.i = int_cut(a.i, type);
	b.i = int_cut(b.i, type);
	if (compared(whole(a.i, type), whole(b.i, type), t->sign, &result))
		return int_value(result, &type_int);
	n = computed(whole(a.i, type), whole(b.i, type), t);
	if (type->is_signed &&
	    (n < INT64_MIN || n > INT64_MAX || !int_fits((int64_t)n, type)))
		fail_large(t);
	return int_value(int_cut((int64_t)n, type), type);
}

static struct value binary(const struct type *wanted, int least)
{
	struct value a = unary(wanted), b;

	for (;;) {
		struct token t = *peek(0);
		int tight = binds(&t);

		if (tight == 0 || tight < least)
			return a;
		a = scalar(a, &t);
		(void)next();
		nest(&t);
		b = scalar(binary(wanted, tight + 1), &t);
		unnest();
		if (a.kind == VALUE_DOUBLE || b.kind == VALUE_DOUBLE)
			a = of_doubles(
				a.kind == VALUE_DOUBLE ? a.d : (double)a.i,
				b.kind == VALUE_DOUBLE ? b.d : (double)b.i, &t);
		else
			a = of_ints(a, b, &t);
	}
}

/* A constant, or the address of one. Names are those of a value of type
 * `wanted`, which is for messages, and may be NULL. */
struct value expression(const struct type *wanted)
{
	struct value v = binary(wanted, 1), yes, no;
	struct token t = *peek(0);

	if (!take_sign_if('?'))
		return v;
	v = scalar(v, &t);
	nest(&t);
	yes = expression(wanted);
	expect(':');
	no = expression(wanted);
	unnest();
	return (v.kind == VALUE_DOUBLE ? v.d != 0 : v.i != 0) ? yes : no;
}

int64_t constant_int(void)
{
	struct token t = *peek(0);
	struct value v = scalar(expression(&type_int), &t);

	if (v.kind != VALUE_INT)
		fail_form(&t);
	return v.i;
}

/* (const char *const[]){ … } and the like. */
struct value compound(const struct type *t)
{
	struct value v = { .kind = VALUE_OBJECT, .type = t };
	void *block;
	size_t count = t->count;

	if (t->kind == TYPE_ARRAY && !t->complete) {
		block = initialize_array(t->of, &count);
		v.type = type_array(t->of, count, true);
	} else {
		block = block_new(t->size + 1);
		initialize(t, block);
	}
	if (unevaluated == 0) {
		v.memory = store_take(v.type->size + 1);
		if (block != NULL)
			memcpy(v.memory, block, v.type->size);
	}
	block_free(block);
	return v;
}

static void store_int(const struct type *to, void *memory, struct value v,
                      const struct token *at)
{
	struct type other = *to;

	other.is_signed = !to->is_signed;
	if (to->kind == TYPE_INT && v.kind == VALUE_INT &&
	    ((!int_fits(v.i, to) && !int_fits(v.i, &other)) ||
	     (to->size < 8 && !v.type->is_signed && v.i < 0)))
		fail_large(at);
	if (to->kind == TYPE_INT && v.kind == VALUE_DOUBLE &&
	    !int_fits(cast(&type_long, v, at).i, to))
		fail_large(at);
	v = cast(to, v, at);
	memcpy(memory, &v.i, to->size); /* little-endian */
}

static void store_pointer(const struct type *to, void *memory,
                          const struct value *v, const struct token *at)
{
	bool null = v->kind == VALUE_POINTER && v->memory == NULL &&
	            v->type->of->kind == TYPE_VOID;
	bool empty = v->kind == VALUE_POINTER && v->memory == NULL &&
	             v->type->of == &type_int; /* services of other files */
	bool zero = v->kind == VALUE_INT && v->i == 0 &&
	            v->type->kind == TYPE_INT;

	if (!zero && !null && !empty &&
	    (v->kind != VALUE_POINTER ||
	     (!type_same(v->type->of, to->of) &&
	      v->type->of->kind != TYPE_VOID && to->of->kind != TYPE_VOID)))
		fail_form(at);
	memcpy(memory, zero ? &(void *){ NULL } : &v->memory, sizeof(void *));
}

/* As an initializer: converted to the type of what is initialized. */
void value_store(const struct type *to, void *memory, const struct value *from,
                 const struct token *at)
{
	struct value v = value_decay(*from);

	switch (to->kind) {
	case TYPE_POINTER:
		store_pointer(to, memory, &v, at);
		break;
	case TYPE_BOOL:
	case TYPE_INT:
		if (v.kind != VALUE_INT && v.kind != VALUE_DOUBLE)
			v = scalar(v, at);
		store_int(to, memory, v, at);
		break;
	case TYPE_DOUBLE:
		v = cast(to, v, at);
		memcpy(memory, &v.d, sizeof(v.d));
		break;
	case TYPE_STRUCT:
	case TYPE_ARRAY:
		if (v.kind != VALUE_OBJECT || !type_same(v.type, to))
			fail_form(at);
		if (v.memory != NULL)
			memcpy(memory, v.memory, to->size);
		break;
	case TYPE_VOID:
	case TYPE_FUNCTION:
		fail_form(at);
	}
}
