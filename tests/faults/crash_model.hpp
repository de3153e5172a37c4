#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/random.hpp"
#include "trace.hpp"

namespace foundation::testing {

/// Files of a folder by path, as they are found after a crash.
using Files = std::map<std::string, Bytes>;

/// A file system that knows what of it is on the disk. A power loss keeps any subset of the
/// un-synced pages of each file (a page may be torn at a sector) and any subset of the un-synced
/// operations on names, each whole; a name may be on the disk before the data of its file is.
/// Weaker than POSIX file systems are in practice (ext4 orders more), as in Pillai et al., OSDI
/// 2014. Only a sync of the folder makes a name durable, only a sync of the file its bytes.
class CrashModel {
 public:
  static constexpr std::size_t page_bytes = 4096;
  static constexpr std::size_t sector_bytes = 512;

  /// `share`: how much of a write has happened, as numerator of 2 (1: half of the bytes).
  void apply(const Call& call, int share = 2);
  /// A file system of its own with the same state.
  [[nodiscard]] CrashModel clone() const;
  /// All processes are gone, the system lives on: everything written is there.
  [[nodiscard]] Files after_kill() const;
  /// What a power loss may leave.
  [[nodiscard]] Files after_power_loss(core::Stream& chance) const;

 private:
  struct Node {
    Bytes cached;
    Bytes durable;
    std::set<std::size_t> dirty;  ///< pages
  };
  using Names = std::map<std::string, std::shared_ptr<Node>>;
  struct NameChange {
    std::string folder;
    std::string removed;  ///< empty: nothing
    std::string added;    ///< empty: nothing
    std::shared_ptr<Node> node;
  };
  void write(Node& node, std::uint64_t offset, const Bytes& bytes, std::size_t size);
  void change_names(NameChange change);
  void sync(const std::string& path);
  static void apply_to(Names& names, const NameChange& change);
  static Bytes lose_power(const Node& node, core::Stream& chance);

  Names names_;          ///< as the processes see them
  Names durable_names_;  ///< as far as they were synced
  std::set<std::string> folders_{"."};
  std::deque<NameChange> unsynced_;  ///< in order
};

}  // namespace foundation::testing
