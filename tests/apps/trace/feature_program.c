/* Uses one feature of MPI: feature_program FEATURE. Each rank says "done" at its end. */
#include "feature_program.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "foundation/trace.h"

int rank, size;

void expect(int holds, const char* what) {
  if (holds) return;
  fprintf(stderr, "rank %d: not so: %s\n", rank, what);
  MPI_Abort(MPI_COMM_WORLD, 3);
}

int next(void) { return (rank + 1) % size; }
int previous(void) { return (rank + size - 1) % size; }

/* --- communicators -----------------------------------------------------------------------------*/

enum { communicators = 1000 };

/* Some of them exist on some ranks only, so no two ranks number them alike; half are made by those
 * in them alone. On each, one message whose tag says which it is, and one collective. */
static MPI_Comm make_communicator(int number) {
  const int mask = 1 + number % ((1 << size) - 1);
  const int inside = mask >> rank & 1;
  MPI_Comm made = MPI_COMM_NULL;
  if (number % 2 == 0) {
    MPI_Comm_split(MPI_COMM_WORLD, inside ? 0 : MPI_UNDEFINED, -rank, &made);
    return made;
  }
  if (!inside) return made;
  int members[32];
  int count = 0;
  for (int i = 0; i < size; ++i)
    if (mask >> i & 1) members[count++] = i;
  MPI_Group world, group;
  MPI_Comm_group(MPI_COMM_WORLD, &world);
  MPI_Group_incl(world, count, members, &group);
  MPI_Comm_create_group(MPI_COMM_WORLD, group, number, &made);
  MPI_Group_free(&group);
  MPI_Group_free(&world);
  return made;
}

void use_communicators(void) {
  static MPI_Comm made[communicators];
  for (int i = 0; i < communicators; ++i) made[i] = make_communicator(i);
  for (int i = 0; i < communicators; ++i) {
    if (made[i] == MPI_COMM_NULL) continue;
    int own, members, received = -1;
    MPI_Comm_rank(made[i], &own);
    MPI_Comm_size(made[i], &members);
    MPI_Sendrecv(&i, 1, MPI_INT, (own + 1) % members, i, &received, 1, MPI_INT,
                 (own + members - 1) % members, i, made[i], MPI_STATUS_IGNORE);
    expect(received == i, "the message of this communicator");
    MPI_Barrier(made[i]);
  }
  for (int i = 0; i < communicators; ++i)
    if (made[i] != MPI_COMM_NULL) MPI_Comm_free(&made[i]);
}

/* --- threads -----------------------------------------------------------------------------------*/

enum { threads = 8, exchanges = 500 };

static void* exchange(void* number) {
  const int tag = (int)(size_t)number;
  for (int i = 0; i < exchanges; ++i) {
    int received = -1;
    MPI_Request pending[2];
    MPI_Irecv(&received, 1, MPI_INT, previous(), tag, MPI_COMM_WORLD, &pending[0]);
    MPI_Isend(&i, 1, MPI_INT, next(), tag, MPI_COMM_WORLD, &pending[1]);
    MPI_Waitall(2, pending, MPI_STATUSES_IGNORE);
    expect(received == i, "messages of a thread in their order");
  }
  return NULL;
}

void use_threads(void) {
  pthread_t running[threads];
  for (size_t i = 0; i < threads; ++i) pthread_create(&running[i], NULL, exchange, (void*)i);
  for (size_t i = 0; i < threads; ++i) pthread_join(running[i], NULL);
}

/* --- other processes ---------------------------------------------------------------------------*/

static char* program;

/* What was spawned answers its parents. */
static int answer_parent(MPI_Comm parents) {
  int number = -1;
  MPI_Recv(&number, 1, MPI_INT, 0, 1, parents, MPI_STATUS_IGNORE);
  ++number;
  MPI_Send(&number, 1, MPI_INT, 0, 2, parents);
  MPI_Barrier(parents);
  MPI_Comm_disconnect(&parents);
  MPI_Finalize();
  return 0;
}

void use_spawn(void) {
  MPI_Comm children;
  char* arguments[] = {"spawn", NULL};
  MPI_Comm_spawn(program, arguments, 1, MPI_INFO_NULL, 0, MPI_COMM_WORLD, &children,
                 MPI_ERRCODES_IGNORE);
  int number = 5;
  if (rank == 0) {
    MPI_Send(&number, 1, MPI_INT, 0, 1, children);
    MPI_Recv(&number, 1, MPI_INT, 0, 2, children, MPI_STATUS_IGNORE);
    expect(number == 6, "the answer of the child");
  }
  MPI_Barrier(children);
  MPI_Comm_disconnect(&children);
}

/* Children by fork alone, by fork and exec, and both from another thread. */
static void* start_children(void* unused) {
  for (int i = 0; i < 10; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      for (int k = 0; k < 100; ++k) foundation_trace_mark_text("of the child", k);
      if (i % 2 == 0)
        execl("/bin/sh", "sh", "-c", "! env | grep -qE FOUNDATION_TRACE\\|LD_PRELOAD", (char*)NULL);
      exit(0);
    }
    foundation_trace_mark_text("of the parent", i);
    int status = 1;
    expect(child > 0 && waitpid(child, &status, 0) == child, "a child");
    expect(status == 0, "a child that ends well, in the environment of its parent's user");
  }
  return unused;
}

void use_children(void) {
  pthread_t thread;
  start_children(NULL);
  pthread_create(&thread, NULL, start_children, NULL);
  pthread_join(thread, NULL);
}

/* --- the program -------------------------------------------------------------------------------*/

static const struct {
  const char* name;
  void (*use)(void);
} features[] = {
    {"communicators", use_communicators},
    {"threads", use_threads},
    {"spawn", use_spawn},
    {"children", use_children},
    {"requests", use_requests},
    {"persistent", use_persistent},
    {"partitioned", use_partitioned},
    {"collectives", use_collectives},
    {"one_sided", use_one_sided},
    {"files", use_files},
};

int main(int argc, char** argv) {
  int level = 0;
  program = argv[0];
  MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &level);
  MPI_Comm parents;
  MPI_Comm_get_parent(&parents);
  if (parents != MPI_COMM_NULL) return answer_parent(parents);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  expect(level == MPI_THREAD_MULTIPLE, "calls from many threads");
  for (size_t i = 0; argc > 1 && i < sizeof features / sizeof *features; ++i)
    if (strcmp(argv[1], features[i].name) == 0) features[i].use();
  MPI_Barrier(MPI_COMM_WORLD);
  MPI_Finalize();
  puts("done");
  return 0;
}
