#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "campaign/end_note.hpp"
#include "campaign/recovery.hpp"
#include "core/hash.hpp"
#include "core/log.hpp"
#include "crash_model.hpp"
#include "journal/journal.hpp"
#include "recorded_run.hpp"
#include "resume.hpp"
#include "storage/load_file.hpp"
#include "storage/schema.hpp"
#include "tests/journal/scratch_folder.hpp"

namespace foundation::testing {
namespace {

namespace attribute = storage::schema::attribute;

/// How many power losses are tried at each point.
int power_losses() {
  const char* text = std::getenv("FOUNDATION_POWER_LOSSES");
  return text == nullptr ? 60 : std::atoi(text);
}

core::Digest digest_of(std::span<const std::byte> bytes) {
  core::Hasher hasher;
  hasher.add_bytes(bytes);
  return hasher.digest();
}

MemoryStorage storage_of(const Files& files) {
  MemoryStorage storage;
  for (const auto& [path, content] : files)
    if (path.starts_with("journal/") || path.starts_with("epoch/"))
      storage.set_content(path, content);
  return storage;
}

/// Digest of each record of a log.
std::vector<core::Digest> records_of(MemoryStorage& storage) {
  std::vector<core::Digest> records;
  journal::read_log(MemoryDisk{storage}, [&records](const journal::Record& record) {
    core::Hasher hasher;
    hasher.add(record.type).add_bytes(record.payload);
    records.push_back(hasher.digest());
  });
  return records;
}

class CrashStates : public ::testing::Test {
 protected:
  CrashStates() : recorded_{scratch_.path()}, problem_{options()} {
    CrashModel model;
    for (const Call& call : recorded_.calls) model.apply(call);
    MemoryStorage storage = storage_of(model.after_kill());
    whole_log_ = records_of(storage);
    optimize::CellStore store = problem_.make_store();
    const auto recovered = campaign::recover(MemoryDisk{storage}, store);
    if (!recovered.finished) throw std::runtime_error{"the recorded run has no answer"};
    answer_ = recovered.finished->answer;
    core::set_log_level(core::LogLevel::error);
  }
  ~CrashStates() override { core::set_log_level(core::LogLevel::info); }

  [[nodiscard]] runtime::OptimizeOptions options() const {
    runtime::OptimizeOptions options;
    options.job_file = recorded_.job_file;
    return options;
  }
  /// What is known once this call has happened.
  void note(const Call& call, const CrashModel& model);
  void note_view(const Bytes& content);
  void check(const Files& files);

  ScratchFolder scratch_;
  RecordedRun recorded_;
  runtime::Problem problem_;
  std::vector<core::Digest> whole_log_;
  core::Digest answer_;
  std::size_t acknowledged_ = 0;  ///< records
  std::set<core::Digest> views_;  ///< every run.h5 there was, whole
  bool view_renamed_ = false;
  bool view_durable_ = false;
  std::map<std::size_t, Files> by_length_;  ///< a state for each length of recovered log
  std::uint64_t states_ = 0;
  std::uint64_t torn_ = 0;
};

void CrashStates::note(const Call& call, const CrashModel& model) {
  if (call.kind == CallKind::look && call.offset == 0 && call.path.starts_with("epoch/")) {
    MemoryStorage storage = storage_of(model.after_kill());
    acknowledged_ = std::max(acknowledged_, records_of(storage).size());
  }
  if (call.kind == CallKind::rename && call.target == "run.h5") {
    note_view(model.after_kill().at("run.h5"));
    view_renamed_ = true;
  }
  if (call.kind == CallKind::sync && call.path == "." && view_renamed_) view_durable_ = true;
}

/// A published file is whole and shows nothing that was not acknowledged.
void CrashStates::note_view(const Bytes& content) {
  views_.insert(digest_of(content));
  const auto path = scratch_ / "view.h5";
  std::ofstream{path, std::ios::binary}.write(reinterpret_cast<const char*>(content.data()),
                                              static_cast<std::streamsize>(content.size()));
  const auto tables = storage::load_tables(path);
  EXPECT_EQ(std::get<std::string>(*tables.attribute({}, attribute::content_digest)),
            storage::load_content_digest(path).hex());
  EXPECT_LE(std::get<std::int64_t>(*tables.attribute({}, attribute::sequence)),
            static_cast<std::int64_t>(acknowledged_));
}

void CrashStates::check(const Files& files) {
  ++states_;
  MemoryStorage storage = storage_of(files);
  std::vector<core::Digest> records;
  ASSERT_NO_THROW(records = records_of(storage)) << "taken for damage";
  ASSERT_GE(records.size(), acknowledged_) << "an acknowledged record is lost";
  ASSERT_LE(records.size(), whole_log_.size());
  ASSERT_TRUE(std::equal(records.begin(), records.end(), whole_log_.begin()));
  if (const auto view = files.find("run.h5"); view != files.end()) {
    ASSERT_TRUE(views_.contains(digest_of(view->second))) << "run.h5 is not whole";
  } else {
    ASSERT_FALSE(view_durable_) << "run.h5 is gone";
  }
  if (const auto done = files.find("DONE"); done != files.end()) {
    const std::string_view text{reinterpret_cast<const char*>(done->second.data()),
                                done->second.size()};
    ASSERT_TRUE(campaign::parse_end_note(text).has_value()) << text;
  }
  by_length_.try_emplace(records.size(), files);
}

TEST_F(CrashStates, every_call_interrupted_by_kill_and_power_loss) {
  core::Stream chance{1, core::Purpose::simulate};
  CrashModel model;
  const int losses = power_losses();
  const auto check_all = [&](const CrashModel& state, const std::string& place) {
    SCOPED_TRACE(place);
    ASSERT_NO_FATAL_FAILURE(check(state.after_kill()));
    for (int i = 0; i < losses; ++i) ASSERT_NO_FATAL_FAILURE(check(state.after_power_loss(chance)));
  };
  ASSERT_NO_FATAL_FAILURE(check_all(model, "before everything"));
  for (std::size_t i = 0; i < recorded_.calls.size(); ++i) {
    const Call& call = recorded_.calls[i];
    const std::string place = fmt::format("call {} on {}", i, call.path);
    if (call.kind == CallKind::write) {
      CrashModel half = model.clone();
      half.apply(call, 1);
      ASSERT_NO_FATAL_FAILURE(check_all(half, "in the middle of " + place));
    }
    model.apply(call);
    note(call, model);
    ASSERT_NO_FATAL_FAILURE(check_all(model, "after " + place));
  }
  EXPECT_EQ(acknowledged_, whole_log_.size());
  EXPECT_TRUE(view_durable_);
  for (const auto& [length, files] : by_length_) {
    MemoryStorage storage = storage_of(files);
    EXPECT_EQ(resume(problem_, storage).answer, answer_) << "resumed behind record " << length;
  }
  fmt::print("{} calls, {} crash states, {} different logs resumed, {} views\n",
             recorded_.calls.size(), states_, by_length_.size(), views_.size());
  RecordProperty("crash_states", std::to_string(states_));
  EXPECT_GT(states_, 1000U);
  EXPECT_GE(by_length_.size(), 4U);  // a quick machine needs few groups: that is no fault
}

}  // namespace
}  // namespace foundation::testing
