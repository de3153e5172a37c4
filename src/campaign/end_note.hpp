#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "campaign/effects.hpp"
#include "journal/journal.hpp"

namespace foundation::campaign {

inline constexpr std::string_view done_file = "DONE";        ///< exit status 0 or 4
inline constexpr std::string_view stopped_file = "STOPPED";  ///< 3: the same command continues
inline constexpr std::string_view failed_file = "FAILED";    ///< all others

/// How a session ended, as it says itself: one line of JSON in the run folder, in one of the
/// files above. Written as the last thing of every orderly end. A note counts only for the
/// highest epoch: a later session has not come to its end yet.
struct EndNote {
  journal::Epoch epoch = 0;
  int exit_status = 0;
  std::string reason{};
  std::string_view file{};  ///< where it was found; one of the names above
  bool again = false;  ///< a failure that other ranks may be spared: of workers, not of the run
};

[[nodiscard]] std::string to_json(const EndNote& note);
/// Nothing if the text is not such a note.
[[nodiscard]] std::optional<EndNote> parse_end_note(std::string_view text);
/// The file for a note with this exit status.
[[nodiscard]] std::string_view note_file(int exit_status) noexcept;
/// What the command returns.
[[nodiscard]] int exit_status(Ending ending) noexcept;

/// The note of the newest epoch, if it has left one. Throws core::Error{io}.
[[nodiscard]] std::optional<EndNote> read_end_note(const journal::Disk& run_folder);
/// Leaves a note; an error of the disk is logged only: the note is a hint, the journal decides.
void leave_end_note(journal::Disk& run_folder, const EndNote& note) noexcept;

}  // namespace foundation::campaign
