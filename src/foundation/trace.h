/* Regions, counters and marks of a program, for `foundation trace`. C99 and later, C++11 and later
 * (which has more comfort in trace.hpp). There is nothing to link: when the program runs under
 * `foundation trace`, it finds the recorder in its process at the first use. Without one, each call
 * is one load and a branch.
 *
 *     static foundation_trace_name solve = FOUNDATION_TRACE_NAME("solve");
 *     static foundation_trace_name residual = FOUNDATION_TRACE_COUNTER("residual", "Pa");
 *
 *     foundation_trace_begin(&solve);
 *     foundation_trace_count(&residual, norm);
 *     foundation_trace_end(&solve);
 *
 * Any thread may call at any time, before MPI_Init and after MPI_Finalize, too; not from handlers
 * of signals. No call fails, waits or changes errno. Regions of a thread nest: one that is still
 * open when a region around it ends, ends there. Names are bytes, best UTF-8, of which 2,000 are
 * kept; the same text names the same thing everywhere in the program. A process has room for about
 * 65,000 names: what differs from call to call belongs into the value.
 *
 * Once a name has been used, an event takes no lock, no memory and no call of the system but one
 * for more room each 32,768 events of a thread. The recorder is found by `dlsym`: with a glibc
 * older than 2.34, link -ldl. Static programs, and those compiled with FOUNDATION_TRACE_DISABLED,
 * record nothing. */
#ifndef FOUNDATION_TRACE_H
#define FOUNDATION_TRACE_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__ELF__) && defined(__GNUC__) && !defined(FOUNDATION_TRACE_DISABLED)
#define FOUNDATION_TRACE_AVAILABLE 1
#else
#define FOUNDATION_TRACE_AVAILABLE 0
#endif

#ifdef __cplusplus
#define FOUNDATION_TRACE_CAST(type, value) static_cast<type>(value)
#define FOUNDATION_TRACE_NOTHING nullptr
extern "C" {
#else
#define FOUNDATION_TRACE_CAST(type, value) ((type)(value))
#define FOUNDATION_TRACE_NOTHING ((void*)0)
#endif

/* What a region, counter or mark is called. It lives as long as the program or module does, and
 * what it points to as well. `id` is the recorder's. */
typedef struct foundation_trace_name {
  const char* name;
  const char* unit; /* of a counter */
  const char* file; /* where it was named */
  uint32_t line;
  uint32_t id;
} foundation_trace_name;

/* Initialisers: of regions and marks, and of counters with their unit ("" if they have none). */
#define FOUNDATION_TRACE_NAME(text) \
  { (text), "", __FILE__, __LINE__, 0 }
#define FOUNDATION_TRACE_COUNTER(text, unit) \
  { (text), (unit), __FILE__, __LINE__, 0 }

#if FOUNDATION_TRACE_AVAILABLE

/* --- between this header and the recorder: version 1, which only grows at its end ------------ */

enum {
  FOUNDATION_TRACE_BEGIN = 1,
  FOUNDATION_TRACE_END = 2,
  FOUNDATION_TRACE_COUNT = 6,
  FOUNDATION_TRACE_MARK = 7,
  FOUNDATION_TRACE_CLASS = 1 << 6 /* the bit of the control word that stands for all of them */
};

/* What the preloaded library exports under the name foundation_trace_recorder_1. */
struct foundation_trace_recorder {
  uint32_t version;
  uint32_t bytes; /* of this structure */
  /* Where to find the word that says what is recorded at the moment. */
  const uint32_t* const* control;
  /* The number of a name that is used for this kind of event; the same for the same texts. */
  uint32_t (*define)(uint32_t kind, const char* name, const char* unit, const char* file,
                     uint32_t line);
  void (*record)(uint32_t kind, uint32_t id, double value);
  void (*end)(uint32_t id);   /* records FOUNDATION_TRACE_END; quick when there is nothing to do */
  void (*follow_child)(void); /* not in the first recorders: see `bytes` */
};

#define FOUNDATION_TRACE_SYMBOL "foundation_trace_recorder_1"

extern void* foundation_trace_dlsym(void* handle, const char* name) __asm__("dlsym")
    __attribute__((weak));
extern char* foundation_trace_dlerror(void) __asm__("dlerror") __attribute__((weak));

/* The recorder; nothing if there is none. One variable a program or module. */
extern const struct foundation_trace_recorder* foundation_trace_found;

/* Looks for the recorder, once and for all. */
__attribute__((unused, noinline, cold)) static const struct foundation_trace_recorder*
foundation_trace_look(void) {
  const int error = errno;
  const struct foundation_trace_recorder* it =
      __atomic_load_n(&foundation_trace_found, __ATOMIC_RELAXED);
  if (!it || it->version != 0) return it;
  it = FOUNDATION_TRACE_NOTHING;
  if (foundation_trace_dlsym)
    it = FOUNDATION_TRACE_CAST(
        const struct foundation_trace_recorder*,
        foundation_trace_dlsym(FOUNDATION_TRACE_NOTHING, FOUNDATION_TRACE_SYMBOL));
  /* The program must not take our failure for one of its own. */
  if (!it && foundation_trace_dlsym && foundation_trace_dlerror)
    FOUNDATION_TRACE_CAST(void, foundation_trace_dlerror());
  __atomic_store_n(&foundation_trace_found, it, __ATOMIC_RELAXED);
  errno = error;
  return it;
}

/* Version 0 stands for the recorder until the first call has looked for it. */
__attribute__((unused)) static uint32_t foundation_trace_define_first(
    uint32_t kind, const char* name, const char* unit, const char* file, uint32_t line) {
  const struct foundation_trace_recorder* const it = foundation_trace_look();
  return it ? it->define(kind, name, unit, file, line) : 0;
}
__attribute__((unused)) static void foundation_trace_record_first(uint32_t kind, uint32_t id,
                                                                  double value) {
  const struct foundation_trace_recorder* const it = foundation_trace_look();
  if (it) it->record(kind, id, value);
}
__attribute__((unused)) static void foundation_trace_end_first(uint32_t id) {
  const struct foundation_trace_recorder* const it = foundation_trace_look();
  if (it) it->end(id);
}
static const uint32_t foundation_trace_everything = FOUNDATION_TRACE_CLASS;
static const uint32_t* const foundation_trace_unknown_control = &foundation_trace_everything;
static const struct foundation_trace_recorder foundation_trace_unknown = {
    0,
    sizeof(struct foundation_trace_recorder),
    &foundation_trace_unknown_control,
    foundation_trace_define_first,
    foundation_trace_record_first,
    foundation_trace_end_first,
    FOUNDATION_TRACE_NOTHING};

__attribute__((weak, visibility("hidden")))
const struct foundation_trace_recorder* foundation_trace_found = &foundation_trace_unknown;

/* The recorder if it records at the moment. */
static inline const struct foundation_trace_recorder* foundation_trace_if_on(void) {
  const struct foundation_trace_recorder* const it =
      __atomic_load_n(&foundation_trace_found, __ATOMIC_RELAXED);
  if (__builtin_expect(!it, 1)) return FOUNDATION_TRACE_NOTHING;
  return __atomic_load_n(__atomic_load_n(it->control, __ATOMIC_RELAXED), __ATOMIC_RELAXED) &
                 FOUNDATION_TRACE_CLASS
             ? it
             : FOUNDATION_TRACE_NOTHING;
}

/* The first use of a name. */
__attribute__((unused, noinline, cold)) static uint32_t foundation_trace_define(
    const struct foundation_trace_recorder* it, uint32_t kind, foundation_trace_name* name) {
  const uint32_t id = it->define(kind, name->name, name->unit, name->file, name->line);
  __atomic_store_n(&name->id, id, __ATOMIC_RELAXED);
  return id;
}

static inline void foundation_trace_record(uint32_t kind, foundation_trace_name* name,
                                           double value) {
  const struct foundation_trace_recorder* const it = foundation_trace_if_on();
  if (__builtin_expect(!it, 1)) return;
  uint32_t id = __atomic_load_n(&name->id, __ATOMIC_RELAXED);
  if (__builtin_expect(!id, 0)) id = foundation_trace_define(it, kind, name);
  it->record(kind, id, value);
}

/* --- what programs call ---------------------------------------------------------------------- */

/* Whether anybody records: to spare the work for a value that is wanted for nothing else. */
static inline int foundation_trace_is_on(void) {
  const struct foundation_trace_recorder* it = foundation_trace_if_on();
  if (it && it->version == 0) {
    foundation_trace_look();
    it = foundation_trace_if_on();
  }
  return it ? 1 : 0;
}

/* A child that the program forks records nothing, unless this is called before: then the next one
 * records in place of this process, which records nothing from then on. For programs that split off
 * the process that does the work. Outside of any region, while there is one thread. */
static inline void foundation_trace_follow_child(void) {
  const struct foundation_trace_recorder* const it = foundation_trace_look();
  const size_t needed =
      offsetof(struct foundation_trace_recorder, follow_child) + sizeof it->follow_child;
  if (it && it->bytes >= needed) it->follow_child();
}

static inline void foundation_trace_begin(foundation_trace_name* region) {
  foundation_trace_record(FOUNDATION_TRACE_BEGIN, region, 0);
}

/* A region whose beginning was recorded ends in the recording, too, though it was switched off
 * meanwhile. */
static inline void foundation_trace_end(foundation_trace_name* region) {
  const struct foundation_trace_recorder* const it =
      __atomic_load_n(&foundation_trace_found, __ATOMIC_RELAXED);
  if (__builtin_expect(!it, 1)) return;
  const uint32_t id = __atomic_load_n(&region->id, __ATOMIC_RELAXED);
  if (id) it->end(id);
}

/* The value of a counter from now on. */
static inline void foundation_trace_count(foundation_trace_name* counter, double value) {
  foundation_trace_record(FOUNDATION_TRACE_COUNT, counter, value);
}

/* Something has happened; `value` says more, such as the number of the step. */
static inline void foundation_trace_mark(foundation_trace_name* mark, double value) {
  foundation_trace_record(FOUNDATION_TRACE_MARK, mark, value);
}

/* The same, named by a text that need not live on: it is looked up each time. */
static inline void foundation_trace_mark_text(const char* text, double value) {
  const struct foundation_trace_recorder* const it = foundation_trace_if_on();
  if (__builtin_expect(!it, 1)) return;
  const uint32_t id = it->define(FOUNDATION_TRACE_MARK, text, "", "", 0);
  if (id) it->record(FOUNDATION_TRACE_MARK, id, value);
}

#else

static inline int foundation_trace_is_on(void) { return 0; }
static inline void foundation_trace_follow_child(void) {}
static inline void foundation_trace_begin(foundation_trace_name* region) { (void)region; }
static inline void foundation_trace_end(foundation_trace_name* region) { (void)region; }
static inline void foundation_trace_count(foundation_trace_name* counter, double value) {
  (void)counter, (void)value;
}
static inline void foundation_trace_mark(foundation_trace_name* mark, double value) {
  (void)mark, (void)value;
}
static inline void foundation_trace_mark_text(const char* text, double value) {
  (void)text, (void)value;
}

#endif

#ifdef __cplusplus
}
#endif

#endif
