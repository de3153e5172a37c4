#include "runtime/worker_host.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "fake_program.hpp"
#include "runtime/evaluator.hpp"

namespace foundation::runtime {
namespace {

using namespace std::chrono_literals;
using campaign::Lease;
using campaign::LeaseId;
using model::CellStatus;
using model::Split;
using programs::CellInput;
using programs::CellOutput;
using testing::FakeProgram;

constexpr auto patience = 20s;

/// A link whose other end is the test. Says so if two threads use it at once.
class FakeLink final : public Link {
 public:
  std::optional<std::span<const std::byte>> receive() override {
    const SoleUser user{*this};
    const std::lock_guard lock{mutex_};
    if (incoming_.empty()) return std::nullopt;
    current_ = std::move(incoming_.front());
    incoming_.pop_front();
    return current_;
  }
  void send(messaging::Channel, std::span<const std::byte> message) override {
    const SoleUser user{*this};
    const std::lock_guard lock{mutex_};
    sent_.emplace_back(message.begin(), message.end());
    changed_.notify_all();
  }
  bool flushed() override { return ++asked_ > 3; }
  void wait() override {
    std::unique_lock lock{mutex_};
    changed_.wait_for(lock, 5ms, [this] { return !incoming_.empty(); });
  }
  void came() override {}
  void expect_urgent() override {
    const std::lock_guard lock{mutex_};
    incoming_.insert(incoming_.begin(), urgent_.begin(), urgent_.end());
    urgent_.clear();
  }

  /// On a channel that is looked into only when that is asked for.
  template <class... Parts>
  void put_urgent(const Parts&... parts) {
    const std::lock_guard lock{mutex_};
    pack(parts..., urgent_.emplace_back());
  }
  template <class... Parts>
  void put(const Parts&... parts) {
    Bytes message;
    pack(parts..., message);
    put_bytes(std::move(message));
  }
  void put_bytes(Bytes message) {
    const std::lock_guard lock{mutex_};
    incoming_.push_back(std::move(message));
    changed_.notify_all();
  }
  /// Waits for this many messages of a kind and returns all of that kind.
  std::vector<Bytes> wait_for(MessageKind kind, std::size_t count) {
    std::unique_lock lock{mutex_};
    std::vector<Bytes> found;
    const bool came = changed_.wait_for(lock, patience, [&] {
      found.clear();
      for (const Bytes& message : sent_)
        if (kind_of(message) == kind) found.push_back(message);
      return found.size() >= count;
    });
    EXPECT_TRUE(came) << "only " << found.size() << " messages of kind " << static_cast<int>(kind);
    return found;
  }
  [[nodiscard]] MessageKind kind_sent_last() {
    const std::lock_guard lock{mutex_};
    return kind_of(sent_.back());
  }

 private:
  struct SoleUser {
    explicit SoleUser(FakeLink& used) : link{used} { EXPECT_EQ(link.users_++, 0); }
    ~SoleUser() { --link.users_; }
    FakeLink& link;
  };
  std::atomic<int> users_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Bytes> incoming_;
  std::vector<Bytes> urgent_;
  std::vector<Bytes> sent_;
  Bytes current_;
  int asked_ = 0;
};

/// A program whose cells wait until the test opens the gate.
class Gate {
 public:
  void open() {
    const std::lock_guard lock{mutex_};
    open_ = true;
    changed_.notify_all();
  }
  void pass() {
    std::unique_lock lock{mutex_};
    ++waiting_;
    changed_.notify_all();
    EXPECT_TRUE(changed_.wait_for(lock, patience, [this] { return open_; }));
    --waiting_;
  }
  void wait_for(int waiting) {
    std::unique_lock lock{mutex_};
    EXPECT_TRUE(changed_.wait_for(lock, patience, [&] { return waiting_ >= waiting; }));
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  int waiting_ = 0;
};

model::Candidate candidate(model::CandidateIndex index) {
  model::Candidate made;
  made.index = index;
  return made;
}

Lease lease(std::uint64_t id, model::CandidateIndex index, std::uint32_t begin = 0,
            std::uint32_t end = 5) {
  return {LeaseId{id}, {index, Split::validation, begin, end}, false};
}

class WorkerHostTest : public ::testing::Test {
 protected:
  void start(std::uint32_t slots) {
    worker_ = std::make_unique<WorkerHost>(
        link_, evaluator_, campaign::WorkerRecord{.host = "here", .slots = slots, .reason = {}});
    for (std::uint32_t slot = 0; slot < slots; ++slot)
      slots_.emplace_back([this] { worker_->run_slot(); });
  }
  void dismiss() {
    link_.put(MessageKind::dismiss);
    slots_.clear();  // joins
    worker_->flush();
  }
  std::vector<LeaseId> leases_answered(std::size_t count) {
    std::vector<LeaseId> ids;
    for (const Bytes& message : link_.wait_for(MessageKind::results, count)) {
      ResultsMessage results;
      unpack_results(message, results);
      ids.push_back(results.lease);
    }
    std::ranges::sort(ids);
    return ids;
  }

  FakeLink link_;
  Gate gate_;
  bool gated_ = false;
  FakeProgram program_{[this](const model::Candidate&, const CellInput& cell) {
    if (gated_) gate_.pass();
    return CellOutput{CellStatus::ok, cell.example->label};
  }};
  programs::SplitDataset data_ = testing::labelled_examples(20);
  std::unique_ptr<programs::Metric> metric_ = programs::make_metric({});
  Evaluator evaluator_{program_, *metric_, data_, 1};
  std::unique_ptr<WorkerHost> worker_;
  std::vector<std::jthread> slots_;
};

/// Nobody but the slots receives, and all of them are in the middle of a cell.
TEST_F(WorkerHostTest, slots_that_wait_for_a_grant_receive_it) {
  endpoints::Purse purse{{.tokens = 1000}, endpoints::Distance::far};
  FakeProgram asking{[&purse](const model::Candidate&, const CellInput&) {
    const endpoints::Grant grant = purse.ask({.expected = {3, 2}, .most = {5, 2}}, {});
    if (grant.kind != endpoints::Grant::Kind::granted)
      return CellOutput{CellStatus::blocked, grant.reason};
    purse.settle(grant, {3, 1});
    return CellOutput{CellStatus::ok, "granted"};
  }};
  Evaluator evaluator{asking, *metric_, data_, 1};
  worker_ = std::make_unique<WorkerHost>(
      link_, evaluator, campaign::WorkerRecord{.host = "here", .slots = 2, .reason = {}});
  worker_->attach(purse);
  for (int slot = 0; slot < 2; ++slot) slots_.emplace_back([this] { worker_->run_slot(); });
  link_.put(candidate(0));
  link_.put(lease(1, 0, 0, 1));
  link_.put(lease(2, 0, 1, 2));
  const auto reports = link_.wait_for(MessageKind::report, 1);
  const endpoints::BudgetReport report = unpack_report(reports.back());
  EXPECT_GE(report.needed, 1U);
  EXPECT_EQ(report.each.most, (endpoints::Usage{5, 2}));
  link_.put(endpoints::Award{.answers = report.number, .grants = 1, .most = {5, 2}});
  EXPECT_EQ(leases_answered(1).size(), 1U);
  link_.put(endpoints::Award{.answers = report.number, .spent = endpoints::Spent::tokens});
  link_.wait_for(MessageKind::results, 2);
  ResultsMessage results;
  unpack_results(link_.wait_for(MessageKind::results, 2).back(), results);
  EXPECT_EQ(results.cells.front().status, CellStatus::blocked);
  dismiss();
}

TEST_F(WorkerHostTest, drops_what_it_cannot_read_and_works_on) {
  start(2);
  link_.put(candidate(0));
  Bytes cut;
  pack(lease(1, 0), cut);
  cut.resize(cut.size() / 2);
  ::testing::internal::CaptureStderr();
  link_.put_bytes(cut);
  link_.put_bytes({});
  link_.put_bytes(Bytes(40, std::byte{0xEE}));
  link_.put(lease(2, 0));
  EXPECT_EQ(leases_answered(1), std::vector{LeaseId{2}});
  EXPECT_NE(::testing::internal::GetCapturedStderr().find("is ignored"), std::string::npos);
  dismiss();
}

TEST_F(WorkerHostTest, says_hello_works_and_takes_its_leave) {
  start(1);
  const auto hello = unpack_hello(link_.wait_for(MessageKind::hello, 1).front());
  EXPECT_EQ(hello.description.slots, 1U);
  EXPECT_EQ(hello.description.host, "here");
  link_.put(candidate(0));
  link_.put(lease(1, 0, 3, 6));
  ResultsMessage results;
  unpack_results(link_.wait_for(MessageKind::results, 1).front(), results);
  EXPECT_EQ(results.lease, LeaseId{1});
  EXPECT_EQ(results.cells.size(), 3U);
  EXPECT_EQ(results.cells[0].status, CellStatus::ok);
  dismiss();
  EXPECT_EQ(link_.kind_sent_last(), MessageKind::farewell);
}

TEST_F(WorkerHostTest, without_slots_it_says_no_hello_and_waits_for_the_end) {
  start(0);
  for (int turn = 0; turn < 4; ++turn) worker_->beat();  // the link is flushed at the fourth look
  EXPECT_EQ(link_.kind_sent_last(), MessageKind::heartbeat);
  EXPECT_TRUE(link_.wait_for(MessageKind::hello, 0).empty());
  link_.put(Leave::finalize);
  EXPECT_EQ(worker_->await_leave(patience), Leave::finalize);
}

TEST_F(WorkerHostTest, a_lease_waits_for_its_candidate) {
  start(2);
  link_.put(lease(1, 4));
  link_.put(candidate(5));
  link_.put(lease(2, 5));
  EXPECT_EQ(leases_answered(1), std::vector{LeaseId{2}});
  link_.put(candidate(4));
  EXPECT_EQ(leases_answered(2), (std::vector{LeaseId{1}, LeaseId{2}}));
  dismiss();
}

TEST_F(WorkerHostTest, a_waiting_lease_can_be_recalled_a_started_one_not) {
  gated_ = true;
  start(1);
  link_.put(candidate(0));
  link_.put(lease(1, 0, 0, 1));
  gate_.wait_for(1);
  link_.put(lease(2, 0));
  link_.put(lease(3, 0));
  link_.put_urgent(MessageKind::recall, LeaseId{2});
  link_.put_urgent(MessageKind::recall, LeaseId{1});
  link_.put_urgent(MessageKind::recall, LeaseId{99});
  std::this_thread::sleep_for(1ms);  // what comes during a long lease is taken before the next one
  gate_.open();
  EXPECT_EQ(leases_answered(2), (std::vector{LeaseId{1}, LeaseId{3}}));
  const auto returned = link_.wait_for(MessageKind::returned, 1);
  ASSERT_EQ(returned.size(), 1U);
  EXPECT_EQ(unpack_lease_id(returned.front()), LeaseId{2});
  dismiss();
}

TEST_F(WorkerHostTest, slots_work_at_the_same_time_and_messages_still_come_in) {
  gated_ = true;
  start(4);
  link_.put(candidate(0));
  for (std::uint64_t id = 1; id <= 3; ++id) link_.put(lease(id, 0, 0, 1));
  gate_.wait_for(3);  // three at once, the fourth slot receives
  link_.put(lease(4, 0, 0, 1));
  gate_.wait_for(4);
  gate_.open();
  EXPECT_EQ(leases_answered(4).size(), 4U);
  dismiss();
}

TEST_F(WorkerHostTest, what_was_not_started_is_dropped_at_the_dismissal) {
  gated_ = true;
  start(2);
  link_.put(candidate(0));
  link_.put(lease(1, 0, 0, 1));
  gate_.wait_for(1);
  link_.put(lease(2, 77));  // its candidate never comes
  link_.put(MessageKind::dismiss);
  gate_.open();
  slots_.clear();
  EXPECT_EQ(leases_answered(1), std::vector{LeaseId{1}});
  EXPECT_EQ(link_.wait_for(MessageKind::farewell, 1).size(), 1U);
  EXPECT_EQ(link_.kind_sent_last(), MessageKind::farewell);
}

TEST_F(WorkerHostTest, nothing_gets_lost_between_many_slots) {
  constexpr std::uint64_t count = 3'000;
  start(4);
  for (model::CandidateIndex index = 0; index < 10; ++index) link_.put(candidate(index));
  for (std::uint64_t id = 1; id <= count; ++id)
    link_.put(lease(id, static_cast<model::CandidateIndex>(id % 10), 0, 2));
  const auto ids = leases_answered(count);
  ASSERT_EQ(ids.size(), count);
  for (std::uint64_t id = 1; id <= count; ++id) EXPECT_EQ(ids[id - 1], LeaseId{id});
  dismiss();
}

TEST_F(WorkerHostTest, messages_for_others_are_ignored) {
  start(1);
  link_.put(MessageKind::farewell);
  link_.put(MessageKind::returned, LeaseId{1});
  link_.put(candidate(0));
  link_.put(lease(1, 0));
  EXPECT_EQ(leases_answered(1).size(), 1U);
  dismiss();
}

TEST_F(WorkerHostTest, samples_its_node_once_it_is_told_to_and_not_after_its_dismissal) {
  start(1);
  link_.put(candidate(0));
  for (int i = 0; i < 5; ++i) worker_->report_node();  // nobody has asked
  link_.put(SamplingOrder{.cores = 3, .interval = 1h});
  link_.put(lease(1, 0));
  EXPECT_EQ(leases_answered(1).size(), 1U);
  for (int i = 0; i < 10; ++i) worker_->report_node();
  const auto samples = link_.wait_for(MessageKind::sample, 1);
  ASSERT_EQ(samples.size(), 1U);  // the next is due in an hour
  EXPECT_EQ(unpack_sample(samples.front()).node, "here");
  EXPECT_EQ(unpack_sample(samples.front()).cores, 3U);
  link_.put(SamplingOrder{.cores = 3, .interval = 1ns});
  dismiss();
  worker_->report_node();
  EXPECT_EQ(link_.kind_sent_last(), MessageKind::farewell);
}

}  // namespace
}  // namespace foundation::runtime
