#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "journal/journal.hpp"
#include "journal/names.hpp"
#include "process.hpp"

namespace foundation::testing {
namespace {

using journal::Claim;
using journal::claim_epoch;
using journal::newest_claim;

Claim somebody() {
  Claim claim;
  claim.host = "node17";
  claim.pid = 4711;
  claim.pid_start = 123456;
  claim.boot_id = "0b5e";
  claim.batch_job = "99";
  claim.launch = "node.7.8.2";
  claim.claimed_at = 1'700'000'000'000'000'000;
  return claim;
}

TEST(Claim, counts_epochs_and_remembers_the_owner) {
  MemoryStorage storage;
  MemoryDisk disk{storage};
  EXPECT_FALSE(newest_claim(disk));
  EXPECT_EQ(claim_epoch(disk, {}).epoch, 1U);
  EXPECT_EQ(claim_epoch(disk, somebody()).epoch, 2U);
  const auto claim = newest_claim(disk);
  ASSERT_TRUE(claim);
  EXPECT_EQ(claim->epoch, 2U);
  EXPECT_EQ(claim->host, "node17");
  EXPECT_EQ(claim->pid, 4711);
  EXPECT_EQ(claim->pid_start, 123456);
  EXPECT_EQ(claim->boot_id, "0b5e");
  EXPECT_EQ(claim->batch_job, "99");
  EXPECT_EQ(claim->launch, "node.7.8.2");
  EXPECT_EQ(claim->claimed_at, 1'700'000'000'000'000'000);
}

TEST(Claim, survives_strange_names_and_damaged_files) {
  MemoryStorage storage;
  MemoryDisk disk{storage};
  Claim strange = somebody();
  strange.host = "evil\npid=1\n" + std::string(10'000, 'x');
  (void)claim_epoch(disk, strange);
  EXPECT_EQ(newest_claim(disk)->pid, 4711);
  EXPECT_EQ(newest_claim(disk)->host.substr(0, 11), "evil?pid=1?");
  storage.set_content("epoch/000002.claim", {});
  storage.set_content("epoch/000003.claim", Bytes(100, std::byte{'='}));
  storage.set_content("epoch/999.claim", {});
  storage.set_content("epoch/000000.claim", {});
  storage.set_content("epoch/000004.claim.tmp", {});
  EXPECT_EQ(newest_claim(disk)->epoch, 3U);
  EXPECT_EQ(newest_claim(disk)->host, "");
  EXPECT_EQ(claim_epoch(disk, {}).epoch, 4U);
}

TEST(Claim, never_takes_an_epoch_that_has_a_log) {
  MemoryStorage storage;
  MemoryDisk disk{storage};
  storage.set_content("journal/E000007-S000001.log", {});
  EXPECT_EQ(claim_epoch(disk, {}).epoch, 8U);
}

TEST(Claim, refuses_when_numbers_run_out) {
  MemoryStorage storage;
  MemoryDisk disk{storage};
  storage.set_content("epoch/999999.claim", {});
  EXPECT_THROW((void)claim_epoch(disk, {}), core::Error);
}

/// Another process claims the epoch between the look and the leap.
class Rival final : public journal::Disk {
 public:
  explicit Rival(MemoryStorage& storage) : disk_{storage} {}
  void make_folder(std::string_view name) override { disk_.make_folder(name); }
  std::vector<std::string> list(std::string_view folder) const override {
    return disk_.list(folder);
  }
  std::optional<Bytes> read(std::string_view name) const override { return disk_.read(name); }
  bool create_exclusive(std::string_view name, std::string_view content) override {
    (void)disk_.create_exclusive(name, "epoch=1\nhost=node3\npid=5\n");
    return disk_.create_exclusive(name, content);
  }
  void replace(std::string_view, std::string_view) override {}
  void submit(journal::WriteRequest) override {}

 private:
  MemoryDisk disk_;
};

TEST(Claim, says_who_was_quicker) {
  MemoryStorage storage;
  Rival disk{storage};
  try {
    (void)claim_epoch(disk, somebody());
    FAIL();
  } catch (const core::Error& error) {
    EXPECT_EQ(error.kind(), core::ErrorKind::conflict);
    EXPECT_THAT(error.what(), ::testing::HasSubstr("pid 5 on host 'node3'"));
  }
}

TEST(Names, are_read_back_only_in_their_one_form) {
  using journal::parse_segment_name;
  EXPECT_EQ(journal::segment_file({1, 23}), "journal/E000001-S000023.log");
  EXPECT_EQ(parse_segment_name("E000001-S000023.log"), (journal::SegmentName{1, 23}));
  for (const char* name : {"", "E000001-S000023.log~", "E1-S1.log", "E000000-S000001.log",
                           "E000001-S000000.log", "e000001-s000001.log", ".E000001-S000001.log",
                           "E-00001-S000001.log", "E0000001-S000001.log"}) {
    EXPECT_FALSE(parse_segment_name(name)) << name;
  }
}

}  // namespace
}  // namespace foundation::testing
