/* Makes MPI calls of many kinds: threads, several communicators, requests of all sorts. Each
 * communicator is told by its first member as "members A B C", in ranks of MPI_COMM_WORLD. With
 * the argument `die` the last rank is killed while the others wait for it. */
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <mpi.h>
#include <stdio.h>
#include <string.h>

enum { rounds = 20, most_ranks = 64 };
static int rank, size, next, previous;
static MPI_Comm copy, half, between;

static void tell_members(MPI_Comm comm) {
  MPI_Group group, world;
  int own, count, ranks[most_ranks], members[most_ranks];
  MPI_Comm_rank(comm, &own);
  if (own != 0) return;
  MPI_Comm_group(comm, &group);
  MPI_Comm_group(MPI_COMM_WORLD, &world);
  MPI_Group_size(group, &count);
  for (int i = 0; i < count; ++i) ranks[i] = i;
  MPI_Group_translate_ranks(group, count, ranks, world, members);
  char line[16 * most_ranks] = "members";
  for (int i = 0; i < count; ++i) sprintf(line + strlen(line), " %d", members[i]);
  printf("%s\n", line);
  MPI_Group_free(&group);
  MPI_Group_free(&world);
}

static void make_communicators(void) {
  MPI_Comm_dup(MPI_COMM_WORLD, &copy);
  tell_members(copy);
  MPI_Comm_split(MPI_COMM_WORLD, rank % 2, -rank, &half); /* in the other order */
  tell_members(half);
}

static void send_and_receive(void) {
  long out = rank, in = 0;
  for (int i = 0; i < rounds; ++i)
    MPI_Sendrecv(&out, 1, MPI_LONG, next, 1, &in, 1, MPI_LONG, previous, 1, copy,
                 MPI_STATUS_IGNORE);
  int own, members;
  MPI_Comm_rank(half, &own);
  MPI_Comm_size(half, &members);
  if (own == 0)
    for (int i = 1; i < members; ++i) MPI_Ssend(&out, 1, MPI_LONG, i, 2, half);
  else
    MPI_Recv(&in, 1, MPI_LONG, MPI_ANY_SOURCE, MPI_ANY_TAG, half, MPI_STATUS_IGNORE);
  MPI_Send(&out, 1, MPI_LONG, MPI_PROC_NULL, 3, half);
  MPI_Recv(&in, 1, MPI_LONG, MPI_PROC_NULL, 3, half, MPI_STATUS_IGNORE);
}

static void use_requests(void) {
  int out[rounds], in[rounds];
  MPI_Request requests[2 * rounds];
  for (int i = 0; i < rounds; ++i) {
    out[i] = i;
    MPI_Irecv(&in[i], 1, MPI_INT, MPI_ANY_SOURCE, i, copy, &requests[i]);
  }
  for (int i = 0; i < rounds; ++i)
    MPI_Isend(&out[i], 1, MPI_INT, next, i, copy, &requests[rounds + i]);
  MPI_Waitall(2 * rounds, requests, MPI_STATUSES_IGNORE);
  /* One that never gets anything. */
  MPI_Irecv(&in[0], 1, MPI_INT, previous, 1000, copy, &requests[0]);
  MPI_Cancel(&requests[0]);
  MPI_Wait(&requests[0], MPI_STATUS_IGNORE);
  /* One that nobody waits for. */
  MPI_Isend(&out[0], 1, MPI_INT, next, 1001, copy, &requests[0]);
  MPI_Request_free(&requests[0]);
  MPI_Recv(&in[0], 1, MPI_INT, previous, 1001, copy, MPI_STATUS_IGNORE);
}

static void use_persistent_requests(void) {
  int out = rank, in = 0;
  MPI_Request requests[2];
  MPI_Send_init(&out, 1, MPI_INT, next, 4, copy, &requests[0]);
  MPI_Recv_init(&in, 1, MPI_INT, previous, 4, copy, &requests[1]);
  for (int i = 0; i < rounds; ++i) {
    MPI_Startall(2, requests);
    MPI_Waitall(2, requests, MPI_STATUSES_IGNORE);
  }
  MPI_Request_free(&requests[0]);
  MPI_Request_free(&requests[1]);
}

static void use_matched_probes(void) {
  int out = rank, in = 0;
  MPI_Message message;
  MPI_Request request;
  for (int i = 0; i < 2; ++i) {
    MPI_Isend(&out, 1, MPI_INT, next, 5, copy, &request);
    MPI_Mprobe(previous, 5, copy, &message, MPI_STATUS_IGNORE);
    if (i == 0) MPI_Mrecv(&in, 1, MPI_INT, &message, MPI_STATUS_IGNORE);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    if (i == 0) continue;
    MPI_Imrecv(&in, 1, MPI_INT, &message, &request);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
  }
}

static void use_collectives(void) {
  long one = 1, sum = 0, all[most_ranks];
  MPI_Request request;
  for (int i = 0; i < rounds; ++i) MPI_Allreduce(&one, &sum, 1, MPI_LONG, MPI_SUM, half);
  MPI_Bcast(&sum, 1, MPI_LONG, size - 1, copy);
  MPI_Reduce(&one, &sum, 1, MPI_LONG, MPI_SUM, 0, MPI_COMM_WORLD);
  MPI_Gather(&one, 1, MPI_LONG, all, 1, MPI_LONG, 0, copy);
  MPI_Scatter(all, 1, MPI_LONG, &one, 1, MPI_LONG, 0, copy);
  MPI_Allgather(&one, 1, MPI_LONG, all, 1, MPI_LONG, copy);
  MPI_Scan(&one, &sum, 1, MPI_LONG, MPI_SUM, copy);
  MPI_Ibcast(&sum, 1, MPI_LONG, 0, copy, &request);
  MPI_Wait(&request, MPI_STATUS_IGNORE);
  MPI_Iallreduce(&one, &sum, 1, MPI_LONG, MPI_SUM, copy, &request);
  MPI_Wait(&request, MPI_STATUS_IGNORE);
  MPI_Barrier(MPI_COMM_WORLD);
  MPI_Allreduce(&one, &sum, 1, MPI_LONG, MPI_SUM, MPI_COMM_SELF);
}

/* The even and the odd ranks: two sides of one communicator. */
static void talk_between_halves(void) {
  int out = rank, in = 0, own;
  MPI_Comm_rank(half, &own);
  const int last = size - 1;
  const int last_even = last % 2 == 0 ? last : last - 1;
  const int last_odd = last % 2 == 1 ? last : last - 1;
  MPI_Intercomm_create(half, 0, MPI_COMM_WORLD, rank % 2 == 0 ? last_odd : last_even, 6, &between);
  if (own == 0)
    MPI_Sendrecv(&out, 1, MPI_INT, 0, 7, &in, 1, MPI_INT, 0, 7, between, MPI_STATUS_IGNORE);
  const int root = rank % 2 != 0 ? 0 : own == 0 ? MPI_ROOT : MPI_PROC_NULL;
  MPI_Bcast(&in, 1, MPI_INT, root, between);
  MPI_Comm_free(&between);
}

static void* send_from_a_thread(void* to) {
  int out = rank;
  for (int i = 0; i < rounds; ++i) MPI_Send(&out, 1, MPI_INT, *(int*)to, 8, copy);
  return NULL;
}
static void use_threads(void) {
  pthread_t thread;
  int in = 0;
  pthread_create(&thread, NULL, send_from_a_thread, &next);
  for (int i = 0; i < rounds; ++i) MPI_Recv(&in, 1, MPI_INT, previous, 8, copy, MPI_STATUS_IGNORE);
  pthread_join(thread, NULL);
}

static void die(void) {
  int in = 0;
  if (rank == size - 1) {
    MPI_Send(&rank, 1, MPI_INT, 0, 9, MPI_COMM_WORLD);
    sleep(1);
    kill(getpid(), SIGKILL);
  }
  if (rank == 0) MPI_Recv(&in, 1, MPI_INT, size - 1, 9, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
  MPI_Recv(&in, 1, MPI_INT, size - 1, 10, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
}

int main(int argc, char** argv) {
  int level = 0;
  MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &level);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  if (level < MPI_THREAD_MULTIPLE) MPI_Abort(MPI_COMM_WORLD, 77);
  next = (rank + 1) % size;
  previous = (rank + size - 1) % size;
  if (argc > 1 && strcmp(argv[1], "die") == 0) die();
  make_communicators();
  send_and_receive();
  use_requests();
  use_persistent_requests();
  use_matched_probes();
  use_collectives();
  if (size > 1) talk_between_halves();
  use_threads();
  MPI_Comm_free(&half);
  MPI_Comm_free(&copy);
  MPI_Finalize();
  return 0;
}
