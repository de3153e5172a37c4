#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/cell.hpp"

namespace foundation::runtime {

/// Which cells the threads of a process are at, in memory shared with its keeper: what a process
/// was doing when it ended, whatever ended it. A mark is one store a cell.
///
/// Made before the process is split off its keeper; lives as long as both. Each thread sets its
/// own mark; the keeper reads when nobody sets any more.
class CellMarks {
 public:
  /// Throws core::Error{infrastructure} if there is no memory to be had.
  CellMarks();
  CellMarks(const CellMarks&) = delete;
  CellMarks& operator=(const CellMarks&) = delete;
  ~CellMarks();

  /// From now on the keeper leaves a file in this run folder if cells were marked at the end.
  void arm(const std::filesystem::path& run_folder);
  /// Nothing, or the folder.
  [[nodiscard]] std::optional<std::filesystem::path> run_folder() const;

  /// A thread's mark; whole while it is at a lease.
  struct alignas(64) Mark {
    std::atomic<std::uint32_t> split{0};  ///< one more than its number; 0: at no cell
    std::atomic<std::uint32_t> candidate{0};
    std::atomic<std::uint32_t> position{0};

    void begin(const model::CellRange& range) noexcept;
    void at(std::uint32_t cell) noexcept { position.store(cell, std::memory_order_relaxed); }
    void end() noexcept { split.store(0, std::memory_order_relaxed); }
  };
  /// None for threads beyond a number that no node reaches.
  [[nodiscard]] Mark* of_thread(std::uint32_t thread) noexcept;
  [[nodiscard]] std::vector<model::CellRange> marked() const;

 private:
  struct Shared;
  Shared* shared_;
};

/// The file of suspects in a run folder: a line "CANDIDATE SPLIT POSITION" a cell.
inline constexpr std::string_view suspects_file = "suspects";
[[nodiscard]] std::string suspects_text(const std::vector<model::CellRange>& cells);
/// Cells of the lines that make sense; the others are left out: it is a hint.
[[nodiscard]] std::vector<model::CellRange> read_suspects(std::string_view text);

/// For the keeper, when its working process has ended: if it ended in the middle of cells, says so
/// and writes the file. False: it did not.
bool leave_suspects(const CellMarks& marks) noexcept;

}  // namespace foundation::runtime
