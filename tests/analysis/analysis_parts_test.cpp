#include <algorithm>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "analysis/blame.hpp"
#include "analysis/efficiencies.hpp"
#include "analysis/external_sort.hpp"
#include "analysis/profile.hpp"
#include "analysis/wait_edges.hpp"

namespace foundation::analysis {
namespace {

struct Less {
  bool operator()(std::uint64_t a, std::uint64_t b) const { return a < b; }
};

TEST(ExternalSort, gives_all_records_from_either_end_whatever_the_size_of_a_run) {
  for (const std::size_t run : {1U, 7U, 5000U, 100'000U}) {
    ExternalSort<std::uint64_t, Less> sorted{run};
    std::mt19937_64 random{1};
    std::vector<std::uint64_t> expected;
    const std::size_t records = run == 1 ? 200 : 20'000;
    for (std::size_t i = 0; i < records; ++i) expected.push_back(random() % 1000);
    for (const std::uint64_t it : expected) sorted.add(it);
    sorted.finish();
    std::ranges::sort(expected);
    std::vector<std::uint64_t> found;
    for (ExternalSort<std::uint64_t, Less>::Cursor it{sorted, Direction::forward};
         const std::uint64_t* value = it.next();)
      found.push_back(*value);
    EXPECT_EQ(found, expected) << run;
    found.clear();
    for (ExternalSort<std::uint64_t, Less>::Cursor it{sorted, Direction::backward};
         const std::uint64_t* value = it.next();)
      found.push_back(*value);
    std::ranges::reverse(expected);
    EXPECT_EQ(found, expected) << run;
  }
}

TEST(ExternalSort, may_be_empty) {
  ExternalSort<std::uint64_t, Less> sorted;
  sorted.finish();
  ExternalSort<std::uint64_t, Less>::Cursor it{sorted, Direction::backward};
  EXPECT_EQ(it.next(), nullptr);
}

TEST(Profile, self_and_inclusive_times_by_path) {
  Profile profile;
  constexpr std::uint32_t solve = 1, send = 2;
  profile.enter(0, solve, 0);
  profile.enter(0, send, 10);
  profile.leave(0, 30);
  profile.leave(0, 100);
  profile.enter(0, send, 100);
  profile.leave(0, 105);
  const auto regions = profile.regions();
  EXPECT_EQ(regions.at(solve).self, 80);
  EXPECT_EQ(regions.at(solve).inclusive, 100);
  EXPECT_EQ(regions.at(send).count, 2U);
  EXPECT_EQ(regions.at(send).self, 25);
  EXPECT_EQ(profile.nodes().size(), 4U) << "the root and three paths";
}

TEST(Profile, recursion_counts_once) {
  Profile profile;
  profile.enter(0, 1, 0);
  profile.enter(0, 2, 10);
  profile.enter(0, 1, 20);
  profile.leave(0, 50);
  profile.leave(0, 60);
  profile.leave(0, 100);
  const auto regions = profile.regions();
  EXPECT_EQ(regions.at(1).count, 2U);
  EXPECT_EQ(regions.at(1).inclusive, 100);
  EXPECT_EQ(regions.at(1).self, 80);
  EXPECT_EQ(regions.at(2).self, 20);
}

TEST(Blame, goes_to_the_end_of_a_chain) {
  Blame blame{3};
  blame.begin(0, 1);
  EXPECT_EQ(blame.weight(1), 1);
  blame.begin(1, 2);
  EXPECT_EQ(blame.weight(1), 0);
  EXPECT_EQ(blame.weight(2), 2);
  blame.begin(2, 0);  // would close a circle
  EXPECT_EQ(blame.weight(2), 2);
  blame.end(2);
  blame.end(1);
  EXPECT_EQ(blame.weight(2), 0);
  EXPECT_EQ(blame.weight(1), 1);
  blame.end(0);
  EXPECT_EQ(blame.weight(1), 0);
}

TEST(CriticalPath, goes_back_over_the_waits_without_a_gap) {
  WaitEdges edges;
  const auto wait = [&](std::uint32_t waiter, std::uint32_t causer, TraceTime begin,
                        TraceTime end) {
    edges.add({begin, waiter, causer, 1});
    edges.add({end, waiter, causer, 0});
  };
  wait(0, 1, 10, 40);  // on the path
  wait(1, 0, 50, 70);  // on it, too
  wait(2, 0, 20, 90);  // not on it
  edges.finish();
  Segments path;
  find_critical_path(edges, 1, 0, 100, path);
  std::vector<std::vector<TraceTime>> found;
  for (Segments::Cursor it{path, Direction::forward}; const Segment* segment = it.next();)
    found.push_back({segment->location, segment->begin, segment->end});
  EXPECT_EQ(found, (std::vector<std::vector<TraceTime>>{{1, 0, 40}, {0, 40, 70}, {1, 70, 100}}));
}

TEST(Efficiencies, multiply_to_the_parallel_one) {
  const Efficiencies it = efficiencies({.compute = {40, 80}, .run_time = 100, .critical_mpi = 10});
  EXPECT_DOUBLE_EQ(it.parallel, 0.6);
  EXPECT_DOUBLE_EQ(it.load_balance, 0.75);
  EXPECT_DOUBLE_EQ(it.communication, 0.8);
  EXPECT_DOUBLE_EQ(it.transfer, 0.9);
  EXPECT_DOUBLE_EQ(it.serialisation * it.transfer * it.load_balance, it.parallel);
  EXPECT_EQ(efficiencies({}).parallel, 0);
}

}  // namespace
}  // namespace foundation::analysis
