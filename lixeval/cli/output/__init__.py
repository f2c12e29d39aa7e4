"""What people see: values, errors, progress, transfers, pages."""
