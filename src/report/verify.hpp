#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "campaign/records.hpp"
#include "core/hash.hpp"
#include "journal/disk.hpp"

namespace foundation::report {

enum class Severity : std::uint8_t {
  note,  ///< worth knowing, nothing is lost
  damage,
};

struct Finding {
  Severity severity = Severity::note;
  std::string what;
  std::string remedy;  ///< empty when there is nothing to do
};

struct Verification {
  std::vector<Finding> findings;
  std::uint64_t records = 0;  ///< of the journal
  std::uint64_t evaluations = 0;
  std::string content_digest;  ///< of the published file; empty when it could not be read
  [[nodiscard]] bool is_clean() const;
};

/// Digest of the examples of a run as its trainset file is now; nothing if the file is gone.
using TrainsetDigest = std::function<std::optional<core::Digest>(const campaign::JobRecord& job)>;

/// Checks a run: is the journal whole, does run.h5 hold what it says, does it agree with the
/// journal as far as it goes, is the trainset unchanged. Changes nothing. Damage becomes
/// findings; only a folder that cannot be read at all throws core::Error{io}.
[[nodiscard]] Verification verify_run(const std::filesystem::path& run_folder,
                                      const journal::Disk& disk,
                                      const TrainsetDigest& trainset_digest);

[[nodiscard]] std::string describe(const Verification& verification, std::string_view run);
[[nodiscard]] std::string to_json(const Verification& verification, std::string_view run);

}  // namespace foundation::report
