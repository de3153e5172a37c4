#include <cerrno>
#include <string>

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "core/random.hpp"
#include "journal/journal.hpp"
#include "process.hpp"

namespace foundation::testing {
namespace {

void small(journal::WriterOptions& options) { options.segment_bytes = 3000; }

/// What the processes of one run were told, as an observer outside notes it down.
struct Ledger {
  Texts log;  ///< by number, as appended by the newest epoch
  std::size_t acknowledged = 0;

  void note(const Process& process) {
    if (process.writer->durable() < process.found.texts.size()) return;  // not open yet
    log = process.log;
    acknowledged = process.writer->durable();
  }
  void check(const Texts& recovered) {
    ASSERT_TRUE(is_prefix(recovered, log));
    ASSERT_GE(recovered.size(), acknowledged);
  }
};

/// Works until it is done or the disk fails.
void work(MemoryStorage& storage, Ledger& ledger, core::Stream& chance, std::uint64_t groups) {
  Process process{storage, small};
  ledger.check(process.found.texts);
  for (std::uint64_t i = 0; i < groups; ++i) {
    const auto records = chance.below(4);
    for (std::uint64_t j = 0; j < records; ++j) {
      process.append(random_text(chance, chance.below(2500)));
    }
    ledger.log = process.log;
    if (!process.commit() && process.writer->failed()) return;
    ledger.note(process);
    if (chance.chance(0.2)) process.store_watermark();
  }
  process.append(random_text(chance, chance.below(10'000)));
  ledger.log = process.log;
  if (chance.chance(0.5) && process.submit() && chance.chance(0.5)) process.disk.write_next();
}

TEST(Faults, kills_and_power_losses_never_cost_an_acknowledged_record) {
  for (std::uint32_t seed = 0; seed < 400; ++seed) {
    core::Stream chance{seed, core::Purpose::simulate};
    MemoryStorage storage;
    Ledger ledger;
    for (int life = 0; life < 6; ++life) {
      ASSERT_NO_FATAL_FAILURE(work(storage, ledger, chance, chance.below(12))) << "seed " << seed;
      if (chance.chance(0.7)) storage.crash(chance);
    }
    const ReadBack back = read_back(MemoryDisk{storage});
    ASSERT_NO_FATAL_FAILURE(ledger.check(back.texts)) << "seed " << seed;
  }
}

TEST(Faults, every_call_can_fail_once) {
  constexpr std::uint64_t never = 1'000'000;
  std::uint64_t calls = never;
  for (std::uint64_t n = 0; n < calls; ++n) {
    for (const int error_number : {EIO, ENOSPC}) {
      MemoryStorage storage;
      Ledger ledger;
      core::Stream chance{1, core::Purpose::simulate};
      storage.fail_call(n, error_number);
      for (int life = 0; life < 3; ++life) {
        try {
          ASSERT_NO_FATAL_FAILURE(work(storage, ledger, chance, 8)) << "call " << n;
        } catch (const core::Error& error) {
          ASSERT_EQ(error.kind(), core::ErrorKind::io) << error.what();
        }
        core::Stream power{n, core::Purpose::simulate, 1};
        if (life == 1) storage.crash(power);
      }
      if (storage.calls() <= n) calls = n;
      storage.fail_call(never, 0);
      const ReadBack back = read_back(MemoryDisk{storage});
      ASSERT_NO_FATAL_FAILURE(ledger.check(back.texts)) << "call " << n;
    }
  }
  EXPECT_GT(calls, 100U);
  EXPECT_LT(calls, never);
}

TEST(Faults, a_group_that_a_failed_sync_left_readable_is_stored_anew) {
  for (std::uint32_t seed = 0; seed < 50; ++seed) {
    core::Stream chance{seed, core::Purpose::simulate};
    MemoryStorage storage;
    Process first{storage};
    first.append_and_commit({"a"});
    first.append("b");
    ASSERT_TRUE(first.submit());
    first.disk.write_next();
    storage.fail_call(0, EIO);  // the sync: its pages are clean now, but not on the disk
    first.complete();
    ASSERT_TRUE(first.writer->failed());
    Process second{storage};
    ASSERT_EQ(second.found.texts, (Texts{"a", "b"}));
    second.append_and_commit({"c"});
    storage.crash(chance);
    EXPECT_EQ(read_back(MemoryDisk{storage}).texts, (Texts{"a", "b", "c"}));
  }
}

TEST(Faults, a_full_disk_stops_the_epoch_and_the_next_one_continues) {
  MemoryStorage storage;
  Process process{storage};
  process.append_and_commit({"a"});
  storage.fail_writes(ENOSPC);
  process.append("b");
  EXPECT_FALSE(process.commit());
  EXPECT_TRUE(process.writer->failed());
  EXPECT_EQ(process.writer->durable(), 1U);
  EXPECT_FALSE(process.commit());
  storage.fail_writes(0);
  Process next{storage};
  EXPECT_EQ(next.found.texts, (Texts{"a"}));
  EXPECT_EQ(next.found.recovery.tail, journal::TailState::torn);
  next.append_and_commit({"b again"});
  EXPECT_EQ(read_back(MemoryDisk{storage}).texts, (Texts{"a", "b again"}));
}

TEST(Faults, a_disk_that_is_full_at_sync_stops_the_epoch) {
  MemoryStorage storage;
  Process process{storage};
  process.append_and_commit({"a"});
  process.append("b");
  ASSERT_TRUE(process.submit());
  process.disk.write_next();
  storage.fail_call(0, ENOSPC);
  process.complete();
  EXPECT_TRUE(process.writer->failed());
  EXPECT_EQ(process.writer->durable(), 1U);
  core::Stream chance{1, core::Purpose::simulate};
  storage.crash(chance);
  EXPECT_TRUE(is_prefix({"a"}, read_back(MemoryDisk{storage}).texts));
}

}  // namespace
}  // namespace foundation::testing
