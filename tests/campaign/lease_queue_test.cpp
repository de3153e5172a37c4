#include "campaign/lease_queue.hpp"

#include <gtest/gtest.h>

namespace foundation::campaign {
namespace {

Lease lease(std::uint64_t id, model::CandidateIndex candidate) {
  return {LeaseId{id}, {candidate, model::Split::validation, 0, 4}};
}

model::Candidate candidate(model::CandidateIndex index) {
  model::Candidate it;
  it.index = index;
  return it;
}

TEST(LeaseQueue, waits_for_the_candidate) {
  LeaseQueue queue;
  queue.add(lease(1, 7));
  EXPECT_FALSE(queue.start());
  queue.add(candidate(7));
  const auto work = queue.start();
  ASSERT_TRUE(work);
  EXPECT_EQ(work->lease.id, LeaseId{1});
  EXPECT_EQ(work->candidate->index, 7U);
  EXPECT_EQ(queue.waiting(), 0U);
}

TEST(LeaseQueue, waits_for_the_text_request) {
  LeaseQueue queue;
  queue.add(candidate(7));
  queue.add(Lease{LeaseId{1}, {7, model::Split::request, 0, 1}});
  EXPECT_FALSE(queue.start()) << "candidate 7 is not request 7";
  queue.add(model::NumberedRequest{7, {.parameter = "x"}});
  const auto work = queue.start();
  ASSERT_TRUE(work);
  EXPECT_EQ(work->candidate, nullptr);
  EXPECT_EQ(work->request->parameter, "x");
}

TEST(LeaseQueue, starts_the_oldest_that_can_run) {
  LeaseQueue queue;
  queue.add(candidate(1));
  queue.add(lease(10, 2));
  queue.add(lease(11, 1));
  queue.add(lease(12, 1));
  EXPECT_EQ(queue.start()->lease.id, LeaseId{11});
  EXPECT_EQ(queue.start()->lease.id, LeaseId{12});
  EXPECT_FALSE(queue.start());
  EXPECT_EQ(queue.waiting(), 1U);
}

TEST(LeaseQueue, gives_back_only_what_was_not_started) {
  LeaseQueue queue;
  queue.add(candidate(1));
  queue.add(lease(1, 1));
  queue.add(lease(2, 1));
  ASSERT_TRUE(queue.start());
  EXPECT_FALSE(queue.recall(LeaseId{1}));
  EXPECT_TRUE(queue.recall(LeaseId{2}));
  EXPECT_FALSE(queue.recall(LeaseId{2}));
  EXPECT_FALSE(queue.recall(LeaseId{99}));
  EXPECT_FALSE(queue.start());
}

TEST(LeaseQueue, drops_what_waits_when_cleared) {
  LeaseQueue queue;
  queue.add(lease(1, 1));
  queue.clear();
  queue.add(candidate(1));
  EXPECT_FALSE(queue.start());
}

TEST(LeaseQueue, keeps_a_running_candidate_alive_when_it_is_replaced) {
  LeaseQueue queue;
  queue.add(candidate(1));
  queue.add(lease(1, 1));
  const auto work = queue.start();
  queue.add(candidate(1));
  EXPECT_EQ(work->candidate->index, 1U);
}

}  // namespace
}  // namespace foundation::campaign
