#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "analysis/matches.hpp"

namespace foundation::analysis {

/// Where one process spent its time: a tree of call paths, all threads together. A region that is
/// entered again within itself stays at its place in the tree and its inclusive time counts once
/// (as in gprof's treatment of recursion).
class Profile {
 public:
  struct Node {
    std::uint32_t region = 0;  ///< index into TraceSet::regions; 0 for the root
    std::uint32_t parent = 0;
    std::uint64_t count = 0;
    TraceTime inclusive = 0;
    TraceTime self = 0;
    std::uint32_t child = 0;    ///< the newest one; 0: none
    std::uint32_t sibling = 0;  ///< an older one; 0: none
  };
  struct RegionTime {
    std::uint64_t count = 0;
    TraceTime inclusive = 0;
    TraceTime self = 0;
  };

  Profile() : nodes_(1) {}
  void enter(std::uint32_t stream, std::uint32_t region, TraceTime at);
  /// The innermost open region of the stream ends. There must be one.
  void leave(std::uint32_t stream, TraceTime at);

  [[nodiscard]] const std::vector<Node>& nodes() const noexcept { return nodes_; }
  /// By region; of recursive ones, inclusive times count once.
  [[nodiscard]] std::map<std::uint32_t, RegionTime> regions() const;

 private:
  struct Open {
    std::uint32_t node = 0;
    TraceTime at = 0;
    TraceTime inside = 0;
    bool outermost = true;
  };
  [[nodiscard]] std::uint32_t child(std::uint32_t parent, std::uint32_t region);

  std::vector<Node> nodes_;
  std::vector<std::vector<Open>> stacks_;  ///< by stream
};

}  // namespace foundation::analysis
