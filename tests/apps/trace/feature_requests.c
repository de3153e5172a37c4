/* Requests: very many, those that are used again, and those of collectives. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "feature_program.h"

/* --- requests ----------------------------------------------------------------------------------*/

enum { requests = 1000000 };

static long own_memory_kib(void) {
  char line[256];
  long kib = 0;
  FILE* file = fopen("/proc/self/status", "r");
  while (file != NULL && fgets(line, sizeof line, file) != NULL)
    if (sscanf(line, "RssAnon: %ld", &kib) == 1) break;
  if (file != NULL) fclose(file);
  return kib;
}

/* A million messages of a process to itself, all of them under way at the same time: says its
 * memory then, as a recorder's tables would be in it. */
void use_requests(void) {
  MPI_Request* const pending = malloc(2 * requests * sizeof(MPI_Request));
  int* const data = calloc(2 * requests, sizeof(int));
  expect(pending != NULL && data != NULL, "enough memory");
  for (int i = 0; i < requests; ++i)
    MPI_Irecv(&data[i], 1, MPI_INT, rank, i % 2, MPI_COMM_WORLD, &pending[i]);
  for (int i = requests; i < 2 * requests; ++i) {
    data[i] = i;
    MPI_Isend(&data[i], 1, MPI_INT, rank, i % 2, MPI_COMM_WORLD, &pending[i]);
  }
  MPI_Waitall(2 * requests, pending, MPI_STATUSES_IGNORE);
  for (int i = 0; i < requests; ++i) expect(data[i] == i + requests, "messages in their order");
  printf("memory %ld\n", own_memory_kib());
  free(data);
  free(pending);
}

/* --- requests that are used again --------------------------------------------------------------*/

enum { rounds = 50, partitions = 4 };

void use_persistent(void) {
  double out[4] = {1, 2, 3, 4}, in[4];
  MPI_Request pending[8];
  MPI_Send_init(&out[0], 1, MPI_DOUBLE, next(), 0, MPI_COMM_WORLD, &pending[0]);
  MPI_Ssend_init(&out[1], 1, MPI_DOUBLE, next(), 1, MPI_COMM_WORLD, &pending[1]);
  MPI_Rsend_init(&out[2], 1, MPI_DOUBLE, next(), 2, MPI_COMM_WORLD, &pending[2]);
  MPI_Send_init(&out[3], 1, MPI_DOUBLE, MPI_PROC_NULL, 3, MPI_COMM_WORLD, &pending[3]);
  for (int i = 0; i < 3; ++i)
    MPI_Recv_init(&in[i], 1, MPI_DOUBLE, previous(), i, MPI_COMM_WORLD, &pending[4 + i]);
  MPI_Recv_init(&in[3], 1, MPI_DOUBLE, MPI_PROC_NULL, 3, MPI_COMM_WORLD, &pending[7]);
  for (int i = 0; i < rounds; ++i) {
    for (int k = 4; k < 8; ++k) MPI_Start(&pending[k]);
    MPI_Barrier(MPI_COMM_WORLD); /* a ready send needs its receive */
    MPI_Startall(4, pending);
    MPI_Waitall(8, pending, MPI_STATUSES_IGNORE);
  }
  for (int i = 0; i < 8; ++i) MPI_Request_free(&pending[i]);
}

void use_partitioned(void) {
#if MPI_VERSION >= 4
  int out[partitions] = {1, 2, 3, 4}, in[partitions] = {0};
  MPI_Request pending[2];
  MPI_Psend_init(out, partitions, 1, MPI_INT, next(), 5, MPI_COMM_WORLD, MPI_INFO_NULL,
                 &pending[0]);
  MPI_Precv_init(in, partitions, 1, MPI_INT, previous(), 5, MPI_COMM_WORLD, MPI_INFO_NULL,
                 &pending[1]);
  for (int i = 0; i < rounds; ++i) {
    MPI_Startall(2, pending);
    for (int k = 0; k < partitions; ++k) MPI_Pready(k, pending[0]);
    MPI_Waitall(2, pending, MPI_STATUSES_IGNORE);
  }
  expect(memcmp(in, out, sizeof in) == 0, "all partitions");
  for (int i = 0; i < 2; ++i) MPI_Request_free(&pending[i]);
#endif
}

/* --- collectives that do not block -------------------------------------------------------------*/

/* One of each kind, all of them under way at the same time, completed in several ways. */
static int start_collectives(int* out, int* in, MPI_Request* pending) {
  const int counts[] = {1, 1, 1, 1}, places[] = {0, 1, 2, 3};
  const MPI_Comm world = MPI_COMM_WORLD;
  int n = 0;
  MPI_Ibarrier(world, &pending[n++]);
  MPI_Ibcast(&in[0], 1, MPI_INT, 0, world, &pending[n++]);
  MPI_Iallreduce(&out[0], &in[1], 1, MPI_INT, MPI_SUM, world, &pending[n++]);
  MPI_Ireduce(&out[0], &in[2], 1, MPI_INT, MPI_SUM, 1, world, &pending[n++]);
  MPI_Iallgather(&out[0], 1, MPI_INT, &in[4], 1, MPI_INT, world, &pending[n++]);
  MPI_Ialltoall(out, 1, MPI_INT, &in[8], 1, MPI_INT, world, &pending[n++]);
  MPI_Igather(&out[0], 1, MPI_INT, &in[12], 1, MPI_INT, 0, world, &pending[n++]);
  MPI_Iscatter(out, 1, MPI_INT, &in[16], 1, MPI_INT, 0, world, &pending[n++]);
  MPI_Iscan(&out[0], &in[17], 1, MPI_INT, MPI_SUM, world, &pending[n++]);
  MPI_Iexscan(&out[0], &in[18], 1, MPI_INT, MPI_SUM, world, &pending[n++]);
  MPI_Ireduce_scatter_block(out, &in[19], 1, MPI_INT, MPI_SUM, world, &pending[n++]);
  MPI_Iallgatherv(&out[0], 1, MPI_INT, &in[20], counts, places, MPI_INT, world, &pending[n++]);
  MPI_Ialltoallv(out, counts, places, MPI_INT, &in[24], counts, places, MPI_INT, world,
                 &pending[n++]);
  return n;
}

/* Communicators that come to be meanwhile, the later one used first. */
static void copy_without_waiting(void) {
  MPI_Comm copies[2];
  MPI_Request pending[2];
  for (int i = 0; i < 2; ++i) MPI_Comm_idup(MPI_COMM_WORLD, &copies[i], &pending[i]);
  MPI_Waitall(2, pending, MPI_STATUSES_IGNORE);
  for (int i = 1; i >= 0; --i) {
    int received = -1;
    MPI_Sendrecv(&i, 1, MPI_INT, next(), i, &received, 1, MPI_INT, previous(), i, copies[i],
                 MPI_STATUS_IGNORE);
    expect(received == i, "the message of this copy");
    MPI_Comm_free(&copies[i]);
  }
}

void use_collectives(void) {
  copy_without_waiting();
  MPI_Comm ring;
  const int periodic = 1;
  MPI_Cart_create(MPI_COMM_WORLD, 1, &size, &periodic, 0, &ring);
  for (int round = 0; round < rounds; ++round) {
    int out[4] = {1, 1, 1, 1}, in[32] = {0}, sides[2], done = 0, index;
    MPI_Request pending[16];
    const int count = start_collectives(out, in, pending);
    MPI_Ineighbor_allgather(&out[0], 1, MPI_INT, sides, 1, MPI_INT, ring, &pending[count]);
    MPI_Waitany(count + 1, pending, &index, MPI_STATUS_IGNORE);
    while (!done) MPI_Testall(count + 1, pending, &done, MPI_STATUSES_IGNORE);
    expect(in[1] == size && in[17] == rank + 1 && sides[0] == 1, "what collectives bring");
  }
  MPI_Comm_free(&ring);
}
