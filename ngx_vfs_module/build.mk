# ngx_vfs_module
