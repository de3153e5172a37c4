#include "storage/publish_file.hpp"

#include <vector>

#include "storage/detail/temporary_file.hpp"

namespace foundation::storage {

core::Digest publish_file(const std::filesystem::path& target, Layout layout,
                          const std::function<void(FileWriter&)>& fill) {
  FileWriter writer{layout};
  fill(writer);
  const std::vector<std::byte> image = writer.finish();
  detail::TemporaryFile file{target};
  file.write(image);
  file.publish();
  return writer.digest();
}

void publish_large_file(const std::filesystem::path& target,
                        const std::function<void(FileWriter&)>& fill) {
  detail::TemporaryFile file{target};
  FileWriter writer{Layout::compressed, file.path()};
  fill(writer);
  writer.close();
  file.publish();
}

}  // namespace foundation::storage
