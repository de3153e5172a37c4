#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace foundation::capture {

/// Facts that all processes of a traced job share, in the file `job` of its folder.
struct JobFile {
  std::uint64_t trace_id = 0;
  std::filesystem::path output;  ///< absolute
  bool keep_recordings = false;
  std::int32_t ranks = 0;  ///< of the job; 0: not known
  bool is_copied = false;  ///< what is here are copies: its programs record elsewhere
};

/// The folder in which a job records (mode 0700):
///
///     job                      JobFile
///     <host>-<pid>.process     ProcessLog of a wrapper
///     <host>-<pid>.ftr         recording of its program (trace/layout.hpp)
///     <host>.finaliser         lock and last words of the host's finaliser
///     <host>.done              the finaliser has seen all wrappers of its host end
///     merge                    lock of whoever writes the HDF5 file
///     windows                  WindowFile: when recording is to be switched on and off
///
/// Local. Throws core::Error{io}.
class TraceFolder {
 public:
  explicit TraceFolder(std::filesystem::path path) : path_{std::move(path)} {}

  /// "<output>.<trace id>.rings" beside the output, or in `folder` if one is given.
  [[nodiscard]] static TraceFolder of(const std::filesystem::path& output, std::uint64_t trace_id,
                                      const std::filesystem::path& folder = {});

  /// Makes the folder; false if another process of the job was first.
  [[nodiscard]] bool make() const;
  [[nodiscard]] bool exists() const;
  void write(const JobFile& job) const;
  /// Throws core::Error{bad_input} when there is none.
  [[nodiscard]] JobFile read_job() const;

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  [[nodiscard]] std::filesystem::path log(const std::string& host, std::int64_t pid) const;
  [[nodiscard]] std::filesystem::path recording(const std::string& host, std::int64_t pid) const;
  [[nodiscard]] std::filesystem::path finaliser(const std::string& host) const;
  [[nodiscard]] std::filesystem::path done(const std::string& host) const;
  [[nodiscard]] std::filesystem::path merge_lock() const;
  [[nodiscard]] std::filesystem::path windows() const;

  /// The time by the clock that dates the files here, which may be another machine's.
  [[nodiscard]] std::int64_t now_ns() const;

  /// In the order of their names.
  [[nodiscard]] std::vector<std::filesystem::path> logs() const;
  [[nodiscard]] std::vector<std::filesystem::path> logs_of(const std::string& host) const;
  [[nodiscard]] std::vector<std::filesystem::path> recordings() const;

  /// Removes the given files, then the folder with what else is ours in it; whatever another
  /// process has added since stays, and the folder with it.
  void remove(const std::vector<std::filesystem::path>& files) const;

 private:
  [[nodiscard]] std::vector<std::filesystem::path> list(const std::string& prefix,
                                                        const std::string& ending) const;
  std::filesystem::path path_;
};

}  // namespace foundation::capture
