#include <string>

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "journal/journal.hpp"
#include "process.hpp"

namespace foundation::testing {
namespace {

using journal::TailState;

void small_segments(journal::WriterOptions& options) { options.segment_bytes = 300; }

TEST(ReadLog, finds_nothing_in_an_empty_folder) {
  MemoryStorage storage;
  const ReadBack back = read_back(MemoryDisk{storage});
  EXPECT_EQ(back.recovery.end, journal::LogEnd{});
  EXPECT_EQ(back.recovery.tail, TailState::clean);
}

TEST(ReadLog, gives_back_what_was_committed) {
  MemoryStorage storage;
  Process process{storage};
  process.append_and_commit({"one", "", "three"});
  process.append_and_commit({std::string(100'000, 'x')});
  process.append("never committed");
  const ReadBack back = read_back(MemoryDisk{storage});
  EXPECT_EQ(back.texts, (Texts{"one", "", "three", std::string(100'000, 'x')}));
  EXPECT_EQ(back.recovery.run.low, 42U);
  EXPECT_EQ(back.recovery.tail, TailState::clean);
  EXPECT_EQ(back.recovery.end.length, storage.content("journal/E000001-S000001.log").size());
  ASSERT_EQ(back.recovery.unconfirmed.size(), 1U);
  EXPECT_EQ(back.recovery.unconfirmed[0].payload.size(), 100'000U);
  EXPECT_EQ(back.recovery.confirmed.sequence, 3U);
}

TEST(ReadLog, walks_over_segments_and_epochs) {
  MemoryStorage storage;
  Texts log;
  for (int epoch = 1; epoch <= 4; ++epoch) {
    Process process{storage, small_segments};
    EXPECT_EQ(process.found.texts, log);
    for (int i = 0; i < 10; ++i) process.append_and_commit({std::to_string(epoch * 100 + i)});
    log = process.log;
  }
  const ReadBack back = read_back(MemoryDisk{storage});
  EXPECT_EQ(back.texts, log);
  EXPECT_EQ(back.texts.size(), 40U);
  EXPECT_EQ(back.recovery.end.epoch, 4U);
  EXPECT_GT(back.recovery.end.segment, 2U);
}

TEST(ReadLog, accepts_a_predecessor_taken_to_its_very_end) {
  MemoryStorage storage;
  Process first{storage};
  first.append_and_commit({"a"});
  Process second{storage, [](journal::WriterOptions& options) { options.segment_bytes = 1; }};
  const journal::LogEnd end = second.found.recovery.end;
  journal::WriterOptions options;
  options.run = second.found.recovery.run;
  options.epoch = 2;
  options.predecessor = end;
  second.writer.emplace(options);  // without carrying the tail over
  second.append_and_commit({"b"});
  EXPECT_EQ(read_back(MemoryDisk{storage}).texts, (Texts{"a", "b"}));
}

TEST(ReadLog, ignores_a_stale_writer_behind_the_cut) {
  MemoryStorage storage;
  Process stale{storage};
  stale.append_and_commit({"a"});
  stale.append_and_commit({"b"});
  Process successor{storage};
  stale.append("stale c");  // the stale one does not know yet
  EXPECT_FALSE(stale.commit());
  EXPECT_TRUE(stale.writer->fenced());
  EXPECT_EQ(stale.writer->durable(), 2U);
  successor.append_and_commit({"c"});
  EXPECT_EQ(read_back(MemoryDisk{storage}).texts, (Texts{"a", "b", "c"}));
}

TEST(ReadLog, ignores_new_segments_of_a_stale_writer) {
  MemoryStorage storage;
  Process stale{storage, small_segments};
  stale.append_and_commit({std::string(300, 'a')});
  Process successor{storage};
  successor.append_and_commit({"b"});
  stale.append("stale");
  EXPECT_FALSE(stale.commit());
  EXPECT_TRUE(storage.names("journal").size() == 3);
  EXPECT_EQ(read_back(MemoryDisk{storage}).texts, (Texts{std::string(300, 'a'), "b"}));
}

TEST(ReadLog, starts_beside_a_predecessor_that_is_writing) {
  MemoryStorage storage;
  Process old{storage};
  old.append_and_commit({"a"});
  old.append("in flight");
  ASSERT_TRUE(old.submit());
  old.disk.write_next();  // in the page cache, not synced, when the successor reads
  Process successor{storage};
  EXPECT_EQ(successor.found.texts, (Texts{"a", "in flight"}));
  old.complete();
  EXPECT_TRUE(old.writer->fenced());
  successor.append_and_commit({"b"});
  EXPECT_EQ(read_back(MemoryDisk{storage}).texts, (Texts{"a", "in flight", "b"}));
}

TEST(ReadLog, skips_epochs_that_died_before_they_opened) {
  MemoryStorage storage;
  Process first{storage};
  first.append_and_commit({"a"});
  { const Process claimed_only{storage}; }
  Process torn{storage};
  torn.append("lost");
  ASSERT_TRUE(torn.submit());
  torn.disk.write_next();
  const std::string file = "journal/E000003-S000001.log";
  for (const std::size_t size : {0U, 10U, 64U, 80U, 150U}) {
    Bytes bytes = storage.content(file);
    bytes.resize(size);
    MemoryStorage copy = storage;
    copy.set_content(file, bytes);
    const ReadBack back = read_back(MemoryDisk{copy});
    EXPECT_EQ(back.texts, (Texts{"a"}));
    EXPECT_EQ(back.recovery.tail, TailState::torn);
    EXPECT_EQ(back.recovery.torn_file, file);
    EXPECT_EQ(back.recovery.torn_bytes, size);
    Process last{copy};
    last.append_and_commit({"b"});
    EXPECT_EQ(read_back(MemoryDisk{copy}).texts, (Texts{"a", "b"}));
    EXPECT_EQ(read_back(MemoryDisk{copy}).recovery.tail, TailState::clean);
  }
}

TEST(ReadLog, an_epoch_that_opens_late_is_overtaken) {
  MemoryStorage storage;
  Process first{storage};
  first.append_and_commit({"a"});
  Process slow{storage};
  Process quick{storage};
  quick.append_and_commit({"b"});
  slow.append("too late");
  EXPECT_FALSE(slow.commit());
  EXPECT_TRUE(slow.writer->fenced());
  EXPECT_EQ(read_back(MemoryDisk{storage}).texts, (Texts{"a", "b"}));
}

TEST(ReadLog, accepts_zeros_where_a_group_was_being_written) {
  MemoryStorage storage;
  Process process{storage};
  process.append_and_commit({"a"});
  const std::string file = "journal/E000001-S000001.log";
  Bytes bytes = storage.content(file);
  bytes.resize(bytes.size() + 5000);
  storage.set_content(file, bytes);
  const ReadBack back = read_back(MemoryDisk{storage});
  EXPECT_EQ(back.recovery.tail, TailState::torn);
  EXPECT_EQ(back.recovery.torn_bytes, 5000U);
  EXPECT_EQ(back.texts, (Texts{"a"}));
}

TEST(ReadLog, a_group_whose_end_reached_the_disk_before_its_middle_is_torn) {
  MemoryStorage storage;
  Process process{storage};
  process.append_and_commit({"a"});
  process.append_and_commit({std::string(9000, 'b')});
  const std::string file = "journal/E000001-S000001.log";
  Bytes bytes = storage.content(file);
  std::fill_n(bytes.begin() + 4096, 4096, std::byte{0});
  storage.set_content(file, bytes);
  const ReadBack back = read_back(MemoryDisk{storage});
  EXPECT_EQ(back.recovery.tail, TailState::torn);
  EXPECT_EQ(back.texts, (Texts{"a"}));
}

TEST(ReadLog, refuses_the_segments_of_another_run) {
  MemoryStorage storage;
  Process first{storage};
  first.append_and_commit({"a"});
  first.append_and_commit({"b"});
  Process second{storage, [](journal::WriterOptions& options) { options.run.low = 43; }};
  second.append_and_commit({"c"});
  EXPECT_FALSE(try_read_back(MemoryDisk{storage}));
}

/// Shows a segment with a hole at first, as a file another machine is writing.
class HoleOnFirstRead final : public journal::Disk {
 public:
  HoleOnFirstRead(MemoryStorage& storage, std::size_t hole) : disk_{storage}, hole_{hole} {}
  void make_folder(std::string_view) override {}
  std::vector<std::string> list(std::string_view folder) const override {
    return disk_.list(folder);
  }
  std::optional<Bytes> read(std::string_view name) const override {
    auto bytes = disk_.read(name);
    if (bytes && reads_++ == hole_) std::fill_n(bytes->begin() + 300, 100, std::byte{0});
    return bytes;
  }
  bool create_exclusive(std::string_view, std::string_view) override { return false; }
  void replace(std::string_view, std::string_view) override {}
  void submit(journal::WriteRequest) override {}

 private:
  MemoryDisk disk_;
  std::size_t hole_;
  mutable std::size_t reads_ = 0;
};

TEST(ReadLog, looks_twice_before_it_calls_a_file_damaged) {
  MemoryStorage storage;
  Process process{storage};
  for (int i = 0; i < 20; ++i) process.append_and_commit({"record " + std::to_string(i)});
  for (const std::size_t read : {0U, 1U}) {
    EXPECT_EQ(read_back(HoleOnFirstRead{storage, read}).texts, process.log);
  }
}

}  // namespace
}  // namespace foundation::testing
