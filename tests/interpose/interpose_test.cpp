#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/journal/scratch_folder.hpp"
#include "trace/recording.hpp"

namespace foundation::interpose {
namespace {

using trace::Event;
using trace::EventKind;

/// What one process recorded, by the names of its regions.
struct Recorded {
  trace::RecordedFacts facts;
  std::map<std::uint16_t, std::string> names;
  std::vector<Event> events;  ///< of its only thread
  std::vector<trace::CommunicatorDefinition> communicators;

  [[nodiscard]] std::map<std::string, int> calls() const {
    std::map<std::string, int> counts;
    for (const Event& it : events)
      if (it.kind == EventKind::enter) ++counts[names.at(it.region)];
    return counts;
  }
  [[nodiscard]] std::vector<Event> of(const std::string& name, EventKind kind) const {
    std::vector<Event> found;
    for (const Event& it : events)
      if (it.kind == kind && names.at(it.region) == name) found.push_back(it);
    return found;
  }
};

Recorded read(const std::filesystem::path& file) {
  const trace::Recording recording{file};
  Recorded recorded;
  recorded.facts = recording.facts();
  recording.visit_definitions([&](trace::DefinitionType type, std::span<const std::byte> payload) {
    if (type == trace::DefinitionType::region) {
      trace::RegionDefinition region;
      std::memcpy(&region, payload.data(), sizeof region);
      recorded.names[region.region] = reinterpret_cast<const char*>(payload.data() + sizeof region);
    } else if (type == trace::DefinitionType::communicator) {
      trace::CommunicatorDefinition communicator;
      std::memcpy(&communicator, payload.data(), sizeof communicator);
      recorded.communicators.push_back(communicator);
    }
  });
  EXPECT_EQ(recording.streams().size(), 1U);
  recorded.events.resize(recording.streams().at(0).published);
  recording.read(0, 0, recorded.events);
  return recorded;
}

class Interpose : public ::testing::Test {
 protected:
  /// Runs a program on two ranks with the library preloaded; what each of them recorded.
  std::vector<Recorded> trace(const std::string& program) {
    const std::string folder = folder_.path().string();
    const std::string command = fmt::format(
        "{} -n 2 --oversubscribe --bind-to none sh -c 'FOUNDATION_TRACE_FILE={}/"
        "$OMPI_COMM_WORLD_RANK.ftr LD_PRELOAD={} exec {}'",
        MPIEXEC, folder, PRELOADED, program);
    EXPECT_EQ(std::system(command.c_str()), 0);
    return {read(folder_ / "0.ftr"), read(folder_ / "1.ftr")};
  }

  testing::ScratchFolder folder_;
};

TEST_F(Interpose, every_call_of_a_program_is_recorded_once) {
  const std::map<std::string, int> expected{
      {"MPI_Init", 1},     {"MPI_Comm_rank", 1},   {"MPI_Comm_size", 1}, {"MPI_Sendrecv", 100},
      {"MPI_Irecv", 8},    {"MPI_Isend", 8},       {"MPI_Waitall", 1},   {"MPI_Comm_split", 1},
      {"MPI_Comm_dup", 1}, {"MPI_Allreduce", 100}, {"MPI_Bcast", 1},     {"MPI_Comm_free", 2},
      {"MPI_Barrier", 1},  {"MPI_Finalize", 1}};
  for (const Recorded& rank : trace(TRACED_PROGRAM)) {
    EXPECT_EQ(rank.calls(), expected);
    EXPECT_TRUE(rank.facts.closed);
    EXPECT_EQ(rank.facts.ranks, 2);
  }
}

TEST_F(Interpose, messages_carry_peer_tag_and_bytes_though_nobody_asked_for_a_status) {
  const std::vector<Recorded> ranks = trace(TRACED_PROGRAM);
  for (int rank = 0; rank < 2; ++rank) {
    const Recorded& it = ranks[static_cast<std::size_t>(rank)];
    for (const EventKind kind : {EventKind::enter, EventKind::leave}) {
      const Event event = it.of("MPI_Sendrecv", kind).front();
      EXPECT_EQ(event.peer, 1 - rank);
      EXPECT_EQ(event.tag, 1);
      EXPECT_EQ(event.communicator, 1U);
      EXPECT_EQ(event.value, sizeof(double));
    }
    const auto wanted = it.of("MPI_Irecv", EventKind::enter);
    const auto requests = it.of("MPI_Irecv", EventKind::leave);
    const auto complete = it.of("MPI_Waitall", EventKind::complete);
    ASSERT_EQ(complete.size(), 16U);
    for (std::size_t i = 0; i < 8; ++i) {
      EXPECT_EQ(wanted[i].peer, -2) << "any source";
      EXPECT_EQ(complete[i].value, requests[i].value);
      EXPECT_EQ(complete[i].peer, 1 - rank);
      EXPECT_EQ(complete[i].tag, static_cast<int>(i));
      EXPECT_EQ(complete[i].communicator, sizeof(int)) << "bytes";
    }
  }
}

TEST_F(Interpose, communicators_are_defined_with_their_parents) {
  for (const Recorded& rank : trace(TRACED_PROGRAM)) {
    ASSERT_EQ(rank.communicators.size(), 4U);  // world, self, half, its copy
    EXPECT_EQ(rank.communicators[0].members, 2U);
    EXPECT_EQ(rank.communicators[2].parent, rank.communicators[0].communicator);
    EXPECT_EQ(rank.communicators[2].members, 1U);
    EXPECT_EQ(rank.communicators[3].parent, rank.communicators[2].communicator);
    EXPECT_EQ(rank.of("MPI_Allreduce", EventKind::enter)[0].communicator,
              rank.communicators[3].communicator);
  }
}

TEST_F(Interpose, a_program_without_mpi_runs_as_ever) {
  EXPECT_EQ(std::system(fmt::format("LD_PRELOAD={} /bin/true", PRELOADED).c_str()), 0);
}

TEST_F(Interpose, children_find_the_environment_as_it_was) {
  const std::string child = fmt::format(
      "FOUNDATION_TRACE_FILE={}/sh.ftr LD_PRELOAD={} sh -c 'env | grep -cE "
      "\"FOUNDATION_TRACE|LD_PRELOAD\"'",
      folder_.path().string(), PRELOADED);
  EXPECT_EQ(WEXITSTATUS(std::system(child.c_str())), 1) << "nothing found";
}

}  // namespace
}  // namespace foundation::interpose
