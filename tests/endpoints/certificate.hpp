#pragma once

#include <string>

namespace foundation::endpoints {

/// Writes a self-signed certificate for 127.0.0.1, valid for a day, and its private key.
void write_certificate(const std::string& certificate_file, const std::string& key_file);

}  // namespace foundation::endpoints
