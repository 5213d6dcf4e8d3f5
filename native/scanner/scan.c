// The byte scanner of trace lines: for each line of a text its end, its pid, which call it names and how it ended, as far
// as a few bytes decide. Whatever it is not sure of it leaves to the grammar (src/core/strace/grammar/line.ts). The same in
// TypeScript: src/core/strace/fast/classify.ts; a test holds both to the same answers. Compiled by scripts/make-scanner.mjs.
#include <stdint.h>
#include <wasm_simd128.h>

#define EXPORT(name) __attribute__((export_name(name)))

enum { CAPACITY = 1 << 18, PAD = 64, LINES = 4096, FIELDS = 8 };
enum { NAMES = 2048, NAME_SLOTS = 8192, KEY = 64, ERRNOS = 128, ERRNO_SLOTS = 512, ERRNO_KEY = 32 };
enum { LARGEST_PID = 4194304 };
// What the line is, and how it ends: classify.ts has the same numbers.
enum { UNKNOWN = 0, CALL = 1, RESUMED = 2 };
enum { OTHER = 0, UNFINISHED = 1, FAILED = 2, RETURNED = 3 };

// A line end before the text stops every walk to the left; what lies behind it is read but never decides.
static uint8_t text[PAD + CAPACITY + PAD];
static int32_t records[LINES * FIELDS];

static uint16_t nameSlots[NAME_SLOTS], errnoSlots[ERRNO_SLOTS];
static uint8_t nameKeys[NAMES * KEY], errnoKeys[ERRNOS * ERRNO_KEY];
static uint32_t namesUsed, errnosUsed;

EXPORT("text") uint8_t *textAddress(void) { return text + PAD; }
EXPORT("records") int32_t *recordsAddress(void) { return records; }
EXPORT("capacity") int32_t capacity(void) { return CAPACITY; }
EXPORT("lines") int32_t lines(void) { return LINES; }

static inline uint64_t load(const uint8_t *at) {
  uint64_t word;
  __builtin_memcpy(&word, at, 8);
  return word;
}

/** Of the first and the last eight bytes: that tells names apart well enough. */
static inline uint32_t hashOf(const uint8_t *key, uint32_t size) {
  uint64_t first, last;
  if (size >= 8) {
    first = load(key);
    last = load(key + size - 8);
  } else {
    first = load(key) & ((1ull << (8 * size)) - 1);
    last = 0;
  }
  uint64_t mixed = (first ^ (last * 0x9e3779b97f4a7c15ull) ^ size) * 0xff51afd7ed558ccdull;
  return (uint32_t)(mixed >> 40);
}

static inline int same(const uint8_t *a, const uint8_t *b, uint32_t size) {
  uint32_t at = 0;
  for (; at + 8 <= size; at += 8)
    if (load(a + at) != load(b + at)) return 0;
  if (at == size) return 1;
  return ((load(a + at) ^ load(b + at)) & ((1ull << (8 * (size - at))) - 1)) == 0;
}

/** Keys lie one after the other, each with its size in its last byte. */
static inline int32_t find(const uint16_t *slots, uint32_t mask, const uint8_t *keys, uint32_t width,
                           const uint8_t *key, uint32_t size) {
  for (uint32_t at = hashOf(key, size) & mask;; at = (at + 1) & mask) {
    uint32_t index = slots[at];
    if (index == 0) return -1;
    const uint8_t *known = keys + (index - 1) * width;
    if (known[width - 1] == size && same(known, key, size)) return (int32_t)index - 1;
  }
}

static int32_t add(uint16_t *slots, uint32_t mask, uint8_t *keys, uint32_t width, uint32_t *used, uint32_t most,
                   const uint8_t *key, uint32_t size) {
  // The width leaves room for loads of eight bytes.
  if (size == 0 || size > width - 9 || *used == most) return -1;
  uint32_t at = hashOf(key, size) & mask;
  while (slots[at]) at = (at + 1) & mask;
  uint8_t *place = keys + *used * width;
  for (uint32_t i = 0; i < size; i++) place[i] = key[i];
  place[width - 1] = (uint8_t)size;
  slots[at] = (uint16_t)++*used;
  return (int32_t)*used - 1;
}

/** Registers the name in the first `size` bytes of the text; its index, or -1 when there is no room. */
EXPORT("addName") int32_t addName(uint32_t size) {
  return add(nameSlots, NAME_SLOTS - 1, nameKeys, KEY, &namesUsed, NAMES, text + PAD, size);
}

EXPORT("addErrno") int32_t addErrno(uint32_t size) {
  return add(errnoSlots, ERRNO_SLOTS - 1, errnoKeys, ERRNO_KEY, &errnosUsed, ERRNOS, text + PAD, size);
}

/** Forgets all names: the next trace has others. */
EXPORT("reset") void reset(void) {
  __builtin_memset(nameSlots, 0, sizeof nameSlots);
  __builtin_memset(errnoSlots, 0, sizeof errnoSlots);
  namesUsed = errnosUsed = 0;
}

static inline int isDigit(uint8_t byte) { return (uint8_t)(byte - '0') < 10; }

static inline const uint8_t *lineEnd(const uint8_t *at) {
  const v128_t mark = wasm_i8x16_splat('\n');
  for (;; at += 16) {
    uint32_t found = wasm_i8x16_bitmask(wasm_i8x16_eq(wasm_v128_load(at), mark));
    if (found) return at + __builtin_ctz(found);
  }
}

/** Behind the last of [a-z0-9_]. */
static inline const uint8_t *nameEnd(const uint8_t *at) {
  for (;; at += 16) {
    v128_t bytes = wasm_v128_load(at);
    v128_t letters = wasm_u8x16_lt(wasm_i8x16_sub(bytes, wasm_i8x16_splat('a')), wasm_i8x16_splat(26));
    v128_t digits = wasm_u8x16_lt(wasm_i8x16_sub(bytes, wasm_i8x16_splat('0')), wasm_i8x16_splat(10));
    v128_t line = wasm_i8x16_eq(bytes, wasm_i8x16_splat('_'));
    uint32_t others = 0xffff & ~wasm_i8x16_bitmask(wasm_v128_or(wasm_v128_or(letters, digits), line));
    if (others) return at + __builtin_ctz(others);
  }
}

/** Behind the time and its spaces; 0 when it is none. */
static const uint8_t *afterTime(const uint8_t *at) {
  const uint8_t *from = at;
  while (isDigit(*at)) at++;
  intptr_t digits = at - from;
  if (digits == 2 && *at == ':') {
    if (!isDigit(at[1]) || !isDigit(at[2]) || at[3] != ':') return 0;
    if (!isDigit(at[4]) || !isDigit(at[5])) return 0;
    at += 6;
  } else if (digits == 0 || (digits < 8 && *at != '.'))
    return 0;
  if (*at == '.') {
    const uint8_t *point = at++;
    while (isDigit(*at)) at++;
    if (at == point + 1) return 0;
  }
  if (*at != ' ') return 0;
  while (*at == ' ') at++;
  return at;
}

/** `)`, spaces, `= ` before the value that starts behind `space`. */
static inline int closes(const uint8_t *space, const uint8_t *least) {
  if (space[0] != ' ' || space[-1] != '=' || space[-2] != ' ') return 0;
  const uint8_t *at = space - 3;
  while (*at == ' ') at--;
  return *at == ')' && at > least;
}

static const char MARK[] = "<unfinished ...>";

/** How the line ends, from the right. */
static inline int32_t tailOf(const uint8_t *keyTo, const uint8_t *end, int resumed, int32_t *detail) {
  const uint8_t *tail = end - 1;
  uint8_t last = *tail;
  if (last == '\r') last = *--tail;
  if (last == '>') {
    if (tail[-1] == '.') {
      const uint8_t *mark = tail - 15;
      // Behind a result it looks like the path of -y.
      if (load(mark) == load((const uint8_t *)MARK) && load(mark + 8) == load((const uint8_t *)MARK + 8))
        return !resumed && mark > keyTo ? UNFINISHED : OTHER;
    } else {
      // ` <0.000012>` of -T.
      const uint8_t *open = tail - 1;
      int points = 0;
      while (isDigit(*open) || *open == '.')
        if (*open-- == '.') points++;
      if (points == 1 && *open == '<' && open[-1] == ' ' && isDigit(open[1]) && isDigit(tail[-1])) {
        tail = open - 2;
        last = *tail;
      }
    }
  }
  const uint8_t *valueTo = tail;
  if (last == ')') {
    // ` = -1 EPERM (Operation not permitted)`, ` = 0 (Timeout)`
    const uint8_t *open = tail - 1;
    while (open > keyTo && *open != '(' && *open != ')' && *open != '=') open--;
    if (*open != '(' || open[-1] != ' ') return OTHER;
    const uint8_t *code = open - 2;
    while ((uint8_t)(*code - 'A') < 26 || isDigit(*code)) code--;
    if (*code != ' ' || code[1] != 'E') {
      // INJECTED and DELAYED stand for something else.
      if (open[1] == 'I' || open[1] == 'D') return OTHER;
      valueTo = open - 2;
    } else {
      if (open - 1 - code <= 2 || code[-1] != '1' || code[-2] != '-' || !closes(code - 3, keyTo)) return OTHER;
      uint32_t size = (uint32_t)(open - 2 - code);
      *detail = find(errnoSlots, ERRNO_SLOTS - 1, errnoKeys, ERRNO_KEY, code + 1, size);
      return *detail == -1 ? OTHER : FAILED;
    }
  } else if (last == '>') {
    // ` = 3</path>` of -y
    const uint8_t *open = tail - 1;
    while (open > keyTo && *open != '<' && *open != '>') open--;
    if (*open != '<' || !isDigit(open[-1])) return OTHER;
    valueTo = open - 1;
  }
  // ` = 17`, ` = 0x7f12…`
  const uint8_t *digit = valueTo;
  last = *digit;
  uint64_t value = 0, unit = 1;
  while (isDigit(last)) {
    value += (uint64_t)(last - '0') * unit;
    unit *= 10;
    last = *--digit;
  }
  int good = digit < valueTo && last == ' ';
  *detail = valueTo - digit > 10 || value > INT32_MAX ? -3 : (int32_t)value;
  if (!good && (last == 'x' || (uint8_t)(last - 'a') < 6)) {
    while (isDigit(last) || (uint8_t)(last - 'a') < 6) last = *--digit;
    // A small one may be the call's own number, which a killing filter leaves.
    good = last == 'x' && digit < valueTo - 3 && digit[-1] == '0' && digit[-2] == ' ';
    digit -= 2;
    *detail = -1;
  }
  return good && closes(digit, keyTo) ? RETURNED : OTHER;
}

/** Reads whole lines of the text from `from` to `end`, at most `most`; how many there were. */
EXPORT("scan") int32_t scan(uint32_t start, uint32_t stop, int32_t most) {
  const uint8_t *base = text + PAD;
  const uint8_t *from = base + start, *stopAt = base + stop;
  text[PAD - 1] = '\n';
  int32_t *record = records;
  int32_t count = 0;
  while (from < stopAt && count < most) {
    const uint8_t *at = from;
    uint8_t byte = *at;
    int32_t pid = -1;
    int known = 1;

    // Prefix: pid, time, number; the forms of prefix.ts that are common.
    if (byte < 'a') {
      if (isDigit(byte)) {
        uint32_t value = 0;
        while (isDigit(byte)) {
          value = value * 10 + byte - '0';
          byte = *++at;
        }
        int few = at - from < 8;
        if (byte == '<') {
          while (byte != '>' && byte != '\n') byte = *++at;
          if (byte == '>') byte = *++at;
        }
        if (byte == ' ' && value <= LARGEST_PID && few) {
          pid = (int32_t)value;
          while (byte == ' ') byte = *++at;
        } else {
          at = from;
          byte = *at;
        }
      } else if (byte == '[' && at[1] == 'p' && at[2] == 'i' && at[3] == 'd') {
        at += 4;
        while (*at == ' ') at++;
        const uint8_t *digits = at;
        uint32_t value = 0;
        while (isDigit(*at)) {
          if (value <= LARGEST_PID) value = value * 10 + *at - '0';
          at++;
        }
        if (*at == '<')
          while (*at != '>' && *at != '\n') at++;
        if (*at == '>') at++;
        if (digits == from + 4 || at == digits || *at != ']' || value > LARGEST_PID)
          known = 0;
        else {
          pid = (int32_t)value;
          at++;
          while (*at == ' ') at++;
        }
        byte = *at;
      }
      if (known && (byte == ' ' || isDigit(byte))) {
        while (byte == ' ') byte = *++at;
        const uint8_t *behind = afterTime(at);
        if (behind)
          at = behind;
        else {
          known = 0;
          at = from;
        }
        byte = *at;
      }
    }

    // Name: with the number of -n, when there is one.
    const uint8_t *keyFrom = at;
    if (known && byte == '[') {
      byte = *++at;
      while (byte == ' ') byte = *++at;
      keyFrom = at;
      while (isDigit(byte)) byte = *++at;
      intptr_t digits = at - keyFrom;
      if (byte == ']' && at[1] == ' ' && digits > 0 && digits < 8) {
        at += 2;
        byte = *at;
      } else
        known = 0;
    }
    int resumed = known && byte == '<';
    int32_t name = -1;
    if (resumed) {
      // `<... name resumed>`: must be what the process waits for.
      known = at[1] == '.' && at[2] == '.' && at[3] == '.' && at[4] == ' ';
      if (known) at += 5;
    } else if (known && ((uint8_t)(byte - 'a') < 26 || byte == '_')) {
      at = nameEnd(at);
      if (*at == '(')
        name = find(nameSlots, NAME_SLOTS - 1, nameKeys, KEY, keyFrom, (uint32_t)(at - keyFrom));
      else
        known = 0;
    } else
      known = 0;
    const uint8_t *keyTo = at;
    const uint8_t *end = lineEnd(at);
    int32_t detail = 0;
    int32_t tail = known && (resumed || name != -1) ? tailOf(keyTo, end, resumed, &detail) : OTHER;
    record[0] = (int32_t)(end - base);
    record[1] = pid;
    record[2] = known ? (resumed ? RESUMED : CALL) : UNKNOWN;
    record[3] = name;
    record[4] = tail;
    record[5] = detail;
    record[6] = (int32_t)(keyFrom - base);
    record[7] = (int32_t)(keyTo - base);
    record += FIELDS;
    count++;
    from = end + 1;
  }
  return count;
}
