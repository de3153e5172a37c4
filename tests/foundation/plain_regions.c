/* Regions, counters and marks of a program without MPI; the argument says which. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "foundation/trace.h"

void run_archive(void);

static foundation_trace_name outer = FOUNDATION_TRACE_NAME("outer");
static foundation_trace_name inner = FOUNDATION_TRACE_NAME("inner");
static foundation_trace_name residual = FOUNDATION_TRACE_COUNTER("residual", "Pa");
static foundation_trace_name steps = FOUNDATION_TRACE_NAME("step");

static void nested(void) {
  foundation_trace_begin(&outer);
  for (int i = 0; i < 100; ++i) {
    foundation_trace_begin(&inner);
    foundation_trace_count(&residual, 100.0 - i);
    foundation_trace_end(&inner);
    foundation_trace_mark(&steps, i);
  }
  foundation_trace_mark_text("converged", 0.5);
  foundation_trace_count(&residual, NAN);
  foundation_trace_count(&residual, -INFINITY);
  foundation_trace_end(&outer);
}

/* More events than a small buffer holds. */
static void lengthy(void) {
  foundation_trace_begin(&outer);
  for (int i = 0; i < 100000; ++i) {
    foundation_trace_begin(&inner);
    foundation_trace_count(&residual, i);
    foundation_trace_end(&inner);
  }
  foundation_trace_end(&outer);
}

/* An end too many, one too few, and two regions that overlap. */
static void unbalanced(void) {
  static foundation_trace_name other = FOUNDATION_TRACE_NAME("other");
  foundation_trace_begin(&inner);
  foundation_trace_end(&inner);
  foundation_trace_end(&inner);
  foundation_trace_begin(&outer);
  foundation_trace_begin(&inner);
  foundation_trace_end(&outer);
  foundation_trace_end(&inner);
  foundation_trace_begin(&other);
}

/* Open at the end of the process. */
static void killed(void) {
  foundation_trace_begin(&outer);
  foundation_trace_count(&residual, 3);
  foundation_trace_mark_text("soon", 1);
  foundation_trace_begin(&inner);
  kill(getpid(), SIGKILL);
}

static void many_names(void) {
  enum { names = 1000 };
  static char texts[names][16];
  static foundation_trace_name all[names];
  for (int round = 0; round < 3; ++round)
    for (int i = 0; i < names; ++i) {
      snprintf(texts[i], sizeof texts[i], "name %d", i);
      all[i].name = texts[i];
      foundation_trace_begin(&all[i]);
      foundation_trace_end(&all[i]);
    }
}

/* More than there is room for. */
static void too_many_names(void) {
  char text[32];
  for (int i = 0; i < 70000; ++i) {
    snprintf(text, sizeof text, "mark %d", i);
    foundation_trace_mark_text(text, i);
  }
  nested();
}

static void odd_names(void) {
  static char lengthy[3001];
  memset(lengthy, 'x', sizeof lengthy - 1);
  foundation_trace_name odd[] = {
      FOUNDATION_TRACE_NAME("comma, \"quotes\" \\ {braces} <tag> %s"),
      FOUNDATION_TRACE_NAME("line\nfeed\ttab\x1b[31m"),
      FOUNDATION_TRACE_NAME("Gr\xc3\xb6\xc3\x9f"
                            "e \xe2\x88\x91"),
      FOUNDATION_TRACE_NAME("\xff\xfe broken"),
      FOUNDATION_TRACE_NAME(""),
      {0, 0, 0, 0, 0},
      FOUNDATION_TRACE_NAME(lengthy),
  };
  for (size_t i = 0; i < sizeof odd / sizeof *odd; ++i) {
    foundation_trace_begin(&odd[i]);
    foundation_trace_end(&odd[i]);
    foundation_trace_mark_text(odd[i].name, 1);
  }
}

static void* work(void* unused) {
  for (int i = 0; i < 1000; ++i) {
    foundation_trace_begin(&outer);
    foundation_trace_count(&residual, i);
    foundation_trace_begin(&inner);
    foundation_trace_end(&inner);
    foundation_trace_end(&outer);
  }
  return unused;
}

static void threads(void) {
  enum { count = 8 };
  pthread_t all[count];
  for (int i = 0; i < count; ++i) pthread_create(&all[i], NULL, work, NULL);
  for (int i = 0; i < count; ++i) pthread_join(all[i], NULL);
}

/* The same names in an archive and in a module that is loaded late. */
static void modules(const char* module) {
  nested();
  run_archive();
  void* const loaded = dlopen(module, RTLD_NOW | RTLD_LOCAL);
  if (!loaded) exit(3);
  void (*run)(void) = NULL;
  *(void**)&run = dlsym(loaded, "run_module");
  run();
}

/* Waits for a line of input between its events: the recorder is switched off and on meanwhile. */
static void switched(void) {
  foundation_trace_begin(&outer);
  puts("begun");
  fflush(stdout);
  if (getchar() == EOF) exit(3);
  foundation_trace_begin(&inner);
  foundation_trace_count(&residual, 1);
  foundation_trace_end(&inner);
  foundation_trace_end(&outer);
  puts(foundation_trace_is_on() ? "on" : "off");
  fflush(stdout);
  if (getchar() == EOF) exit(3);
  nested();
}

/* A child records nothing, and its calls do no harm. */
static void child(void) {
  foundation_trace_begin(&outer);
  const pid_t forked = fork();
  if (forked == 0) {
    foundation_trace_end(&outer);
    nested();
    many_names();
    execl("/bin/true", "true", (char*)NULL);
  }
  foundation_trace_end(&outer);
}

/* A child that is followed records instead of its parent. */
static void followed(void) {
  foundation_trace_follow_child();
  const pid_t forked = fork();
  if (forked == 0) {
    nested();
    _exit(0);
  }
  waitpid(forked, NULL, 0);
  nested();
}

/* Nothing of the program's may have changed. */
static void unharmed(void) {
  errno = 77;
  nested();
  if (errno != 77) exit(4);
  if (dlerror() != NULL) exit(5);
  puts(foundation_trace_is_on() ? "on" : "off");
}

int main(int argc, char** argv) {
  const struct {
    const char* name;
    void (*run)(void);
  } modes[] = {{"nested", nested},
               {"lengthy", lengthy},
               {"unbalanced", unbalanced},
               {"killed", killed},
               {"many_names", many_names},
               {"odd_names", odd_names},
               {"too_many_names", too_many_names},
               {"threads", threads},
               {"switched", switched},
               {"child", child},
               {"followed", followed},
               {"unharmed", unharmed}};
  if (argc == 3 && strcmp(argv[1], "modules") == 0) return modules(argv[2]), 0;
  for (size_t i = 0; argc == 2 && i < sizeof modes / sizeof *modes; ++i)
    if (strcmp(argv[1], modes[i].name) == 0) return modes[i].run(), 0;
  return 2;
}
