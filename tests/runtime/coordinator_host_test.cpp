#include "runtime/coordinator_host.hpp"

#include <atomic>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "coordinator_fixture.hpp"
#include "core/error.hpp"
#include "runtime/worker_host.hpp"

namespace foundation::runtime {
namespace {

using testing::CoordinatedRun;
using testing::SyntheticEvaluator;

/// A bug: one lease ends the slot that evaluates it.
class FailingEvaluator final : public SyntheticEvaluator {
 public:
  FailingEvaluator(const simulation::Options& options, int good)
      : SyntheticEvaluator{options}, good_{good} {}
  void evaluate(const campaign::LeaseQueue::Work& work, ResultsMessage& results) override {
    if (good_-- == 0) throw std::logic_error{"a bug"};
    SyntheticEvaluator::evaluate(work, results);
  }

 private:
  std::atomic<int> good_;
};

/// Rank 0 with a coordinator and a worker of two slots beside it, as runtime::optimize joins them.
class RankZero {
 public:
  campaign::EndReport run(LeaseEvaluator& evaluator) {
    CoordinatorHost::Parts parts = run_.parts();
    parts.to_worker = &to_worker_;
    parts.to_coordinator = &to_coordinator_;
    CoordinatorHost host{parts};
    WorkerHost worker{link_, evaluator, {.host = "here", .slots = 2, .reason = {}}};
    const auto slot = [&] {
      try {
        worker.run_slot();
      } catch (const std::logic_error&) {
        ++failed_;
        host.slot_failed();
      }
    };
    const std::jthread first{slot};
    const std::jthread second{slot};
    try {
      return run_.run(host);
    } catch (...) {
      host.abandon();
      throw;
    }
  }

  [[nodiscard]] int failed_slots() const noexcept { return failed_; }

 private:
  CoordinatedRun run_{testing::small_job()};
  Mailbox to_worker_;
  Mailbox to_coordinator_;
  LoopbackLink link_{to_worker_, to_coordinator_};
  std::atomic<int> failed_ = 0;
};

TEST(CoordinatorHost, runs_a_campaign_to_its_end) {
  SyntheticEvaluator evaluator{testing::small_job()};
  const campaign::EndReport report = RankZero{}.run(evaluator);
  EXPECT_EQ(report.ending, campaign::Ending::done) << report.message;
  EXPECT_TRUE(report.result);
}

/// What the slot held would never be answered: the run must not wait for it.
TEST(CoordinatorHost, a_slot_of_rank_0_that_throws_ends_the_session_with_an_error) {
  for (const int good : {0, 1, 5}) {
    FailingEvaluator evaluator{testing::small_job(), good};
    RankZero rank_zero;
    try {
      rank_zero.run(evaluator);
      ADD_FAILURE() << "no error after " << good << " leases";
    } catch (const core::Error& error) {
      EXPECT_EQ(error.kind(), core::ErrorKind::internal);
      EXPECT_THAT(error.what(), ::testing::HasSubstr("a slot of rank 0 has failed"));
    }
    EXPECT_EQ(rank_zero.failed_slots(), 1);
  }
}

}  // namespace
}  // namespace foundation::runtime
