# What apt and npm install, and how: see "deps" and "deps-test".
