#include <algorithm>
#include <charconv>
#include <string_view>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/mutation.hpp"
#include "core/reach.hpp"
#include "journal/journal.hpp"
#include "journal/names.hpp"

namespace foundation::journal {
namespace {

constexpr std::size_t max_claim_bytes = 4096;
constexpr std::size_t max_text_bytes = 256;

/// `text` as it may stand behind "key=": one line of bounded length.
std::string one_line(std::string_view text) {
  std::string line{text.substr(0, max_text_bytes)};
  std::replace_if(
      line.begin(), line.end(), [](unsigned char c) { return c < ' '; }, '?');
  return line;
}

std::string format_claim(const Claim& claim) {
  const std::string launch =
      claim.launch.empty() ? std::string{} : fmt::format("launch={}\n", one_line(claim.launch));
  return fmt::format(
      "epoch={}\nhost={}\npid={}\npid_start={}\nboot_id={}\nbatch_job={}\n{}claimed_at={}\n",
      claim.epoch, one_line(claim.host), claim.pid, claim.pid_start, one_line(claim.boot_id),
      one_line(claim.batch_job), launch, claim.claimed_at);
}

void set_number(std::int64_t& number, std::string_view text) {
  std::from_chars(text.data(), text.data() + text.size(), number);
}

void set_field(Claim& claim, std::string_view key, std::string_view value) {
  if (key == "host") claim.host = one_line(value);
  if (key == "pid") set_number(claim.pid, value);
  if (key == "pid_start") set_number(claim.pid_start, value);
  if (key == "boot_id") claim.boot_id = one_line(value);
  if (key == "batch_job") claim.batch_job = one_line(value);
  if (key == "launch") claim.launch = one_line(value);
  if (key == "claimed_at") set_number(claim.claimed_at, value);
}

/// The name alone makes a claim; fields that are missing or damaged stay empty (owner unknown).
Claim read_claim(const Disk& disk, Epoch epoch) {
  Claim claim;
  claim.epoch = epoch;
  const auto content = disk.read(claim_file(epoch));
  if (!content || content->size() > max_claim_bytes) return claim;
  std::string_view left{reinterpret_cast<const char*>(content->data()), content->size()};
  while (!left.empty()) {
    const std::string_view line = left.substr(0, left.find('\n'));
    left.remove_prefix(std::min(left.size(), line.size() + 1));
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    set_field(claim, line.substr(0, equals), line.substr(equals + 1));
  }
  return claim;
}

Epoch newest_claimed_epoch(const Disk& disk) {
  Epoch newest = 0;
  for (const std::string& leaf : disk.list("epoch")) {
    newest = std::max(newest, parse_claim_name(leaf).value_or(0));
  }
  return newest;
}

Epoch newest_logged_epoch(const Disk& disk) {
  Epoch newest = 0;
  for (const std::string& leaf : disk.list("journal")) {
    if (const auto name = parse_segment_name(leaf)) newest = std::max(newest, name->epoch);
    newest = std::max(newest, parse_watermark_name(leaf).value_or(0));  // its segments may be lost
  }
  return newest;
}

}  // namespace

std::optional<Claim> newest_claim(const Disk& disk) {
  const Epoch epoch = newest_claimed_epoch(disk);
  return epoch == 0 ? std::nullopt : std::optional{read_claim(disk, epoch)};
}

Claim claim_epoch(Disk& disk, Claim claim) {
  disk.make_folder("epoch");
  disk.make_folder("journal");
  const Epoch logged = newest_logged_epoch(disk);  // claims last: those are the ones that race
  claim.epoch = std::max(newest_claimed_epoch(disk), logged) + 1;
  const std::string file = claim_file(claim.epoch);
  if (claim.epoch > max_file_number) {
    throw core::Error{core::ErrorKind::corrupt_data, core::Place{file, 0, 0, {}},
                      "the run has no epoch numbers left", "start a new run"};
  }
  if (!disk.create_exclusive(file, format_claim(claim)) &&
      !FOUNDATION_MUTATION(claim_conflict_ignored)) {
    FOUNDATION_REACHED(claim_race_lost);
    const Claim owner = read_claim(disk, claim.epoch);
    throw core::Error{core::ErrorKind::conflict, core::Place{file, 0, 0, {}},
                      fmt::format("another process took over this run at the same moment: pid {} "
                                  "on host '{}'",
                                  owner.pid, owner.host),
                      "let it work, or stop it and repeat the command"};
  }
  return claim;
}

}  // namespace foundation::journal
