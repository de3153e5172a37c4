#include "runtime/cell_marks.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <new>
#include <sstream>
#include <sys/mman.h>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/log.hpp"
#include "journal/posix_folder.hpp"

namespace foundation::runtime {

using model::CellRange;
using model::Split;

namespace {

constexpr std::size_t most_threads = 4096;
constexpr std::size_t longest_path = 4096;
constexpr auto most_splits = static_cast<std::uint32_t>(Split::request) + 1;

std::string describe(const CellRange& cell) {
  if (cell.split == Split::request)
    return fmt::format("sample {} of text request {}", cell.begin, cell.candidate);
  return fmt::format("c{} on {} example {}", cell.candidate, model::name_of(cell.split),
                     cell.begin);
}

}  // namespace

struct CellMarks::Shared {
  std::array<char, longest_path> run_folder{};
  std::array<Mark, most_threads> marks{};
};

CellMarks::CellMarks() {
  void* memory =
      ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw core::system_error("share memory with", "the keeper", errno);
  shared_ = static_cast<Shared*>(memory);  // zeros are a valid, empty state: no page is touched
}

CellMarks::~CellMarks() { ::munmap(shared_, sizeof(Shared)); }

void CellMarks::arm(const std::filesystem::path& run_folder) {
  const std::string path = std::filesystem::absolute(run_folder).string();
  if (path.size() >= longest_path) return;  // no file system call would take it either
  std::memcpy(shared_->run_folder.data(), path.c_str(), path.size() + 1);
}

std::optional<std::filesystem::path> CellMarks::run_folder() const {
  if (shared_->run_folder.front() == '\0') return std::nullopt;
  return std::filesystem::path{shared_->run_folder.data()};
}

void CellMarks::Mark::begin(const CellRange& range) noexcept {
  candidate.store(range.candidate, std::memory_order_relaxed);
  position.store(range.begin, std::memory_order_relaxed);
  split.store(static_cast<std::uint32_t>(range.split) + 1, std::memory_order_relaxed);
}

CellMarks::Mark* CellMarks::of_thread(std::uint32_t thread) noexcept {
  return thread < most_threads ? &shared_->marks[thread] : nullptr;
}

std::vector<CellRange> CellMarks::marked() const {
  std::vector<CellRange> cells;
  for (const Mark& mark : shared_->marks) {
    const std::uint32_t split = mark.split;
    if (split == 0 || split > most_splits) continue;
    const std::uint32_t position = mark.position;
    cells.push_back({mark.candidate, static_cast<Split>(split - 1), position, position + 1});
  }
  return cells;
}

std::string suspects_text(const std::vector<CellRange>& cells) {
  std::string text;
  for (const CellRange& cell : cells)
    text += fmt::format("{} {} {}\n", cell.candidate, model::name_of(cell.split), cell.begin);
  return text;
}

std::vector<CellRange> read_suspects(std::string_view text) {
  std::vector<CellRange> cells;
  std::istringstream lines{std::string{text}};
  std::uint32_t candidate = 0;
  std::uint32_t position = 0;
  std::string split_name;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields{line};
    if (!(fields >> candidate >> split_name >> position)) continue;
    for (const Split split : {Split::train, Split::validation, Split::test, Split::request})
      if (model::name_of(split) == split_name && candidate != model::no_candidate &&
          position + 1 != 0)
        cells.push_back({candidate, split, position, position + 1});
  }
  return cells;
}

bool leave_suspects(const CellMarks& marks) noexcept {
  try {
    const auto folder = marks.run_folder();
    if (!folder) return false;
    const auto cells = marks.marked();
    if (cells.empty()) return false;
    const bool one = cells.size() == 1;
    core::log(
        core::LogLevel::warning,
        fmt::format("the process has ended while it evaluated {} cell{} ({}{}); the run continues "
                    "with {} in processes of {} own",
                    cells.size(), one ? "" : "s", describe(cells.front()), one ? "" : ", ...",
                    one ? "it" : "them", one ? "its" : "their"));
    const journal::PosixFolder run{*folder, journal::FolderAccess::write};
    run.replace(suspects_file, suspects_text(cells));
  } catch (const std::exception& error) {  // the next session then learns it the hard way
    core::log(core::LogLevel::warning, error.what());
  }
  return true;
}

}  // namespace foundation::runtime
