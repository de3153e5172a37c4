#include <string>
#include <thread>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "core/random.hpp"
#include "core/time.hpp"
#include "journal/journal.hpp"
#include "journal/posix_disk.hpp"
#include "process.hpp"
#include "scratch_folder.hpp"

namespace foundation::testing {
namespace {

using journal::PosixDisk;
using journal::Sequence;

/// Record n of the run: any process can tell what it must be.
std::string text_of(Sequence sequence) {
  core::Stream chance{sequence, core::Purpose::simulate};
  return random_text(chance, chance.below(300));
}

/// Continues the run in `folder` for ever; tells each acknowledged number through the pipe.
[[noreturn]] void write_until_killed(const std::filesystem::path& folder, int acknowledged) {
  PosixDisk disk{folder};
  const journal::Claim claim = journal::claim_epoch(disk, {});
  const journal::Recovery recovery = journal::read_log(disk, {});
  journal::WriterOptions options;
  options.epoch = claim.epoch;
  options.predecessor = recovery.confirmed;
  options.segment_bytes = 20'000;
  journal::Writer writer{options};
  for (const auto& record : recovery.unconfirmed) {
    (void)writer.append(record.type, record.payload, {});
  }
  while (true) {
    const core::Time now = core::monotonic_now();
    for (int i = 0; i < 5; ++i) {
      (void)writer.append(text_type, as_bytes(text_of(writer.appended() + 1)), now);
    }
    if (auto request = writer.next_write(now, true)) disk.submit(std::move(*request));
    (void)disk.wait(std::chrono::seconds{5});
    for (auto& outcome : disk.poll()) writer.done(std::move(outcome));
    if (writer.failed()) ::_exit(1);
    const Sequence durable = writer.durable();
    if (::write(acknowledged, &durable, sizeof durable) != sizeof durable) ::_exit(2);
    if (auto mark = writer.watermark_due(now)) {
      disk.replace(journal::watermark_file(claim.epoch), *mark);
    }
  }
}

/// Lets a child write for some time, kills it, and returns the last number it acknowledged.
Sequence run_and_kill(const std::filesystem::path& folder, std::chrono::milliseconds time) {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    write_until_killed(folder, ends[1]);
  }
  ::close(ends[1]);
  Sequence first = 0;  // it works: now the time begins
  Sequence last = 0;
  if (::read(ends[0], &first, sizeof first) == sizeof first) last = first;
  std::this_thread::sleep_for(time);
  ::kill(child, SIGKILL);
  for (Sequence next = 0; ::read(ends[0], &next, sizeof next) == sizeof next;) last = next;
  ::close(ends[0]);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status)) << "exit status " << WEXITSTATUS(status);
  return last;
}

TEST(KilledWriter, keeps_every_record_it_acknowledged) {
  const ScratchFolder scratch;
  core::Stream chance{5, core::Purpose::simulate};
  Sequence acknowledged = 0;
  for (int life = 0; life < 20; ++life) {
    const auto time = std::chrono::milliseconds{chance.below(40)};
    const Sequence now = run_and_kill(scratch / "run", time);
    EXPECT_GT(now, acknowledged);
    acknowledged = now;
    const PosixDisk disk{scratch / "run", journal::FolderAccess::read_only};
    const ReadBack back = read_back(disk);
    ASSERT_GE(back.texts.size(), acknowledged);
    for (Sequence n = 1; n <= back.texts.size(); ++n) ASSERT_EQ(back.texts[n - 1], text_of(n));
  }
}

}  // namespace
}  // namespace foundation::testing
